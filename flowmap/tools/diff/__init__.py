"""`flowmap diff`: two reports, before and after."""
