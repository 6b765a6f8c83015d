"""Offsets between the clocks of the members."""
