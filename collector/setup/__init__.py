"""Sets an event up: accounts by the address of their page, written into the configuration."""
