"""The teaming modes: a table that people read (modes.toml), and the questions asked of it."""
