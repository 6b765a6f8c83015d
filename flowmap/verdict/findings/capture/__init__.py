"""FM5xx: what the captures lack."""
