"""Answers questions about published frames: pure polars, no files, no database, no clock."""
