"""Shows what is published; reads nothing else."""
