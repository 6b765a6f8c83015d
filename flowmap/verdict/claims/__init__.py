"""The two claims, pinned and spread, and the members that count for them."""
