"""What a platform may import: exchanges, errors, readings, quota, grants. Pure, no I/O."""
