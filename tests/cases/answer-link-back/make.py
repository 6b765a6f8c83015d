from pkt import MS, OUT, S, by_time, folder, lacp, stream, streams

pk = streams(["nic1"] * 3, n=500, gap=20 * MS)
pk += stream(5, "nic2", "nic1", rxf=lambda k: "nic2" if k < 150 else "nic1", n=500, gap=20 * MS)
pk += lacp("nic1", 1, 11) + lacp("nic2", 2, until=3 * S - 1) + lacp("nic2", 2, start=7 * S, until=11 * S)
folder(f"{OUT}/cap", by_time(pk))
