"""The long way through the flow kernel, compiled: decode a batch of packets (`batch`), find the row of each (`hash`, `rows`) and
count it. `flow/reference.py` is the meaning; `flow/short/` holds the shortcuts.
"""
