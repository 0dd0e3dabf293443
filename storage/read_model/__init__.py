"""What is published for readers: who writes it, what it holds, and who reads it."""
