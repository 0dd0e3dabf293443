"""How the collector shows itself: logs, metrics and notices to systemd."""
