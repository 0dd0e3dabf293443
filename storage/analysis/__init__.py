"""Analysis of published frames: pure polars, no files, no database, no clock."""
