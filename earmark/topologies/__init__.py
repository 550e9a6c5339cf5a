"""Topologies as other systems have them: read from their files, and written as topology files."""
