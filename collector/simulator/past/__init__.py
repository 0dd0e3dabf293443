"""What a collector would have recorded before the demo began."""
