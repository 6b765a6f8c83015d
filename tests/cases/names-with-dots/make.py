from pkt import OUT, pcap, streams

pk = streams(["a"] * 4 + ["b"] * 4, n=60)
NAMES = {"ifaces": ("srv7.eth0", "srv7.eth1"), "vlans": ("p1p1.100.pcap", "p1p2.100.pcap"), "n": ("nic.1", "nic.2")}
for folder, names in NAMES.items():
    for member, name in zip("ab", names, strict=True):
        pcap(f"{OUT}/{folder}/{name}", [p for p in pk if p.m == member])
