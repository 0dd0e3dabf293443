"""Static pages for the wide public, made from the same read model as the dashboard."""
