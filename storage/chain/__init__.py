"""The chain: each tick carries the hash of the tick before. Pure, but for the keys that sign it."""
