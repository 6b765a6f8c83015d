"""FM4xx: what limited the transfers."""
