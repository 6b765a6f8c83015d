"""The long way through the flow kernel, compiled: it decodes a batch of packets (`batch`), finds the row of each (`hash` and
`rows`) and counts it there. `flow/reference.py` is the meaning; `flow/short/` holds the shortcuts.
"""
