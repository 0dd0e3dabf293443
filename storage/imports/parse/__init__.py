"""Files of owners as text, numbers and dates, whatever the export."""
