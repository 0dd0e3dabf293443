"""Evidence bundles: figures that can be checked with nothing but the file they came in."""
