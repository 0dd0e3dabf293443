"""TikTok as the simulator serves it."""
