from pkt import OUT, arp, folder, put, streams

text = """Ethernet Channel Bonding Driver: v3.5.0 (November 4, 2008)

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer2 (0)
MII Status: up

802.3ad info
LACP rate: fast
Aggregator selection policy (ad_select): stable
bond bond0 has no active aggregator
"""
for name, last in (("eth1", 11), ("eth2", 12)):
    text += (
        f"\nSlave Interface: {name}\nMII Status: up\nLink Failure Count: 0\nPermanent HW addr: 02:aa:00:00:00:{last}\n"
    )
    text += "Aggregator ID: N/A\n"
put(f"{OUT}/bond0.txt", text)
folder(f"{OUT}/cap", streams(["eth1"] * 8, n=40) + arp("eth2"))
