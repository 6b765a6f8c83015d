from pkt import MS, OUT, S, folder, lacp, stream, streams

pk = streams(["nic1"] * 3 + ["nic2"] * 3, n=300, gap=20 * MS)
pk += stream(7, "nic1", rxf=lambda k: "nic1" if k < 100 else "nic2", n=300, gap=20 * MS)
folder(f"{OUT}/cap", pk + lacp("nic1", 1, 7) + lacp("nic2", 2, 7) + lacp("nic3", 3, start=4 * S, until=7 * S))
