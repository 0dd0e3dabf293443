"""What is true in the simulation: accounts, broadcasts and their audiences over time."""
