"""YouTube as the simulator serves it."""
