"""`flowmap analyze`."""
