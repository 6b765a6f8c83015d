from pkt import OUT, by_time, pcap, streams

pk = streams(["eth1"] * 4 + ["eth2"] * 4, n=60)
NAMES = {
    "tilde": "{m}~{k:03d}.pcap",
    "part": "{m}-part{n}.pcap",
    "paren": "{m} ({n}).pcap",
    "minute": "trace_{m}_2026-01-01T09.5{k}.cap",
    "at": "{m}@{k}.cap",
    "bare": "{m}{k:02d}.pcap",
}
for folder, name in NAMES.items():
    for m in ("eth1", "eth2"):
        own = by_time([p for p in pk if p.m == m])
        for k in range(3):
            part = own[k * len(own) // 3 : (k + 1) * len(own) // 3]
            pcap(f"{OUT}/{folder}/{name.format(m=m, k=k, n=k + 1)}", part)
