from pkt import OUT, folder, lacp, streams

folder(f"{OUT}/cap", streams(["nic1", "nic2"] * 2, n=200) + lacp("nic1", 1) + lacp("nic2", 2))
