"""Views: what they were at an instant, how they grew, and what they passed."""
