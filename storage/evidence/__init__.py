"""Makes a figure that can be checked by someone who has nothing but the file it came in."""
