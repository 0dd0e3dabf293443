"""The exports that are read, one module each."""
