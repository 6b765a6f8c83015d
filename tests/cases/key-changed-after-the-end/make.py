from pkt import OUT, S, folder, lacp, streams

pk = streams(["nic1"] * 4 + ["nic2"] * 4, n=60) + lacp("nic1", 1, 12) + lacp("nic2", 2, 12)
pk += lacp("nic2", 2, start=14 * S, until=20 * S, pkey=44)
folder(f"{OUT}/cap", pk)
