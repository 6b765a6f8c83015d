"""Packets of several captures in the order of time, and what ties the clocks of members together."""
