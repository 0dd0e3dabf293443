"""Brings in figures that an account's owner exported: told by the platform, not measured by us."""
