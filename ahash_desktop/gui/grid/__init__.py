"""Photos side by side: their thumbnails, and the grid that shows them."""
