"""Words, numbers and times in three languages, and text made safe for HTML."""
