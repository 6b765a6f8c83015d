"""`flowmap predict`: what a policy would make of the streams that were seen."""
