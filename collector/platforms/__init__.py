"""One file per platform and nothing else in the folder."""
