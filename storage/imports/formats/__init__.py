"""The exports that are read: their columns as data, one TOML file a source, and what needs code."""
