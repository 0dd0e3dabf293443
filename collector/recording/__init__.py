"""The way to the store: the writer thread, and the spool for when the disk is full."""
