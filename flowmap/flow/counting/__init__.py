"""The long way through the flow kernel, compiled: it decodes, finds the row and counts.

`batch` decodes a batch of packets, `hash` and `rows` find the row of each and count it there. `flow/reference.py` is
the meaning; `flow/short/` holds the shortcuts.
"""
