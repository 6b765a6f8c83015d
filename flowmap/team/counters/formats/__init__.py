"""A file for each output that counters are read from."""
