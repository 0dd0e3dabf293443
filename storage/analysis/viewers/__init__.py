"""Viewers: how they hold between polls, peaks and what a peak may miss."""
