from pkt import MS, OUT, folder, lacp, stream, streams

pk = streams(["nic1"] * 4 + ["nic2"] * 4, n=600, gap=5 * MS)
pk += stream(9, "nic1", rxf=lambda k: "nic1" if (k // 46) % 2 else "nic2", n=600, gap=5 * MS)
folder(f"{OUT}/cap", pk + lacp("nic1", 1, 4) + lacp("nic2", 2, 4))
