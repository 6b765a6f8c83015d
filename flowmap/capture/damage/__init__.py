"""What is done and said where a capture is broken: the search for where it goes on, and the notices."""
