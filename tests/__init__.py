"""Tests; a package so that tests can import shared bits as ``tests.<...>``. It is not shipped."""
