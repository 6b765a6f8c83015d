"""Counters by link and by pair of MAC addresses, compiled."""
