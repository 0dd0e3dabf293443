"""Logs, metrics and notices to systemd."""
