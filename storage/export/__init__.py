"""Writes what was measured into files for other programs, with what one must know to read them."""
