from pkt import OUT, by_time, pcap, streams

pk = streams(["eth1"] * 4 + ["eth2"] * 4, n=60)
for m in ("eth1", "eth2"):
    own = by_time([p for p in pk if p.m == m])
    for k in range(3):
        part = own[k * len(own) // 3 : (k + 1) * len(own) // 3]
        pcap(f"{OUT}/plain/{m}_{k}.pcap", part)
        pcap(f"{OUT}/tcpdump/{m}.pcap{k}", part)
