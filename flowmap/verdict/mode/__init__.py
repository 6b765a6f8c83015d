"""What the packets tell of the teaming mode and of the hash, and what they lead one to expect."""
