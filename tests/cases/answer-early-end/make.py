from pkt import MS, OUT, T0, S, by_time, folder, lacp, stream, streams

pk = streams([("nic1", "nic1"), ("nic2", "nic2")], n=300, gap=20 * MS)
pk += [p for p in stream(3, "nic2", "nic1", n=300, gap=20 * MS, start=S) if p.m == "nic2"]
pk += [p for p in lacp("nic1", 1, 6) + lacp("nic2", 2, 6) if p.m == "nic2" or p.t <= T0 + 500 * MS]
folder(f"{OUT}/cap", by_time(p for p in pk if p.m == "nic2" or p.t <= T0 + 500 * MS))
