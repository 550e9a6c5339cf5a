"""Amending orders: what is asked, what stands, what it comes to, whether it can be had, and writing it."""
