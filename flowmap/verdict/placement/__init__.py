"""Where each stream-direction sits, and why it moved."""
