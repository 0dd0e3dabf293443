"""The pages: one script a page, layout only."""
