"""Editions: their curves, how two compare, and what owners say beside."""
