"""Keeps what was seen, owns the vocabulary, answers questions about it."""
