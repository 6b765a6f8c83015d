"""Settings: what they are, where they come from, and how layers of them are joined."""
