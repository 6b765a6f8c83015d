"""Transmit hash policies that can be computed, and the header fields that they take."""
