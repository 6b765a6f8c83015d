"""FM1xx: where streams were placed."""
