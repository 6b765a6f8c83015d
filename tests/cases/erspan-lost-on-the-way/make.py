from pkt import OUT, arp, by_time, mirrored, pcap, streams

pk = by_time(streams(["a"] * 4 + ["b"] * 4, n=60) + arp("a", 40, every=10**6))
for kind in (2, 3):
    sent = mirrored(pk, lambda p: {"a": 7, "b": 8}[p.m], kind=kind)
    pcap(f"{OUT}/{kind}/whole.pcap", sent, snap=256)
    pcap(f"{OUT}/{kind}-lost/collector.pcap", [p for p in sent if b"\x08\x06\0\1" not in p.data], snap=256)
