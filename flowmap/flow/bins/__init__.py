"""Wire bytes over time, in equal bins that widen as the capture goes on.

There is a series for every pair of MAC addresses (the first 256); what has none of its own is counted by link and recorded
direction.

A bin is the time `ts_ns >> shift`. `shift` is the least, from SHIFT on, with which all packets lie in N_BINS bins, so that
neither the order of the packets nor how they are split changes a bin: widening adds neighbours, and bins of one shift are
added up. Packets without a time and interfaces beyond the first 256 are not counted.
"""
