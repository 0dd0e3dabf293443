"""Meta's Graph API as the simulator serves it."""
