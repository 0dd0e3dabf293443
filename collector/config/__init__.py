"""The configuration: its sections, its loader, its messages and its reload."""
