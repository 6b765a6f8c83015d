from pkt import MS, OUT, by_time, folder, lacp, stream, streams

pk = streams([("nic1", "nic2")] * 2 + [("nic2", "nic1")], n=300, gap=20 * MS)
pk += stream(4, "nic1", "nic2", rxf=lambda k: "nic1" if k < 100 else "nic2", n=300, gap=20 * MS)
pk += stream(5, "nic1", "nic1", txf=lambda k: "nic1" if k < 100 else "nic2", n=300, gap=20 * MS)
pk += stream(6, "nic2", "nic1", txf=lambda k: "nic1" if k < 100 else "nic2", n=300, gap=20 * MS)
pk += lacp("nic1", 1, 7) + lacp("nic2", 2, 7)
folder(f"{OUT}/cap", by_time(pk))
