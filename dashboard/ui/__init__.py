"""What the pages are made of: words, markup, tiles and the right-to-left rules."""
