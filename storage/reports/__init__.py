"""Reports of an edition, worked out from the read model."""
