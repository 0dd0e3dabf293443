"""Loopback stand-ins that speak the platforms' own APIs: for the demo, tests, load and faults."""
