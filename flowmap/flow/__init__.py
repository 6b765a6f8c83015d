"""From packets to one row per member, VLAN stack, tunnel and 5-tuple, and to streams.

`scanning/` reads a capture once into a `Scan`; `kernel.pyx` counts (meaning: `reference.py`), `sequence/` follows where
the bytes
of each row lie, `bins/` counts over time, and `streams/` joins the rows of all members into streams and finds migrations.
"""
