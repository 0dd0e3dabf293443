"""X as the simulator serves it."""
