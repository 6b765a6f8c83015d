"""Counters of NICs and switch ports, as hosts and switches print them, before and after a capture: a second witness of it."""
