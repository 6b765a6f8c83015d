"""The frame of an event trace log: its header, its buffers, its clock, and who wrote its events."""
