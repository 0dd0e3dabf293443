"""What files, processes and logs need wherever they are used: no word of it is about counts."""
