"""Asks the platforms and writes what they say to storage."""
