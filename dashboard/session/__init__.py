"""One viewer's run of a page: what the address says, the controls, the layout and the style."""
