"""A file or a folder for each command: its options, and the call that does its work."""
