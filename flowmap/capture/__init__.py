"""From files, standard input and URLs to blocks of bytes with an index of the packets in them.

`inputs/` decides which captures are read and whose member each interface is, `source/` gives their bytes, `reader.py` (pcap and
pcapng), `etl/` (Windows event logs) and `mirror/` (encapsulated by a switch) find the packets, and `damage/` finds
where a broken
capture goes on. Packets are not looked into here.
"""
