from pkt import OUT, by_time, folder, lacp, stream

pk = []
for i, tx in enumerate(("nic1", "nic2")):
    pk += stream(i, "nic1", tx, n=900, rip="10.77.0.11", rmac="02:bb:00:00:00:0b")
folder(f"{OUT}/cap", by_time(pk + lacp("nic1", 1) + lacp("nic2", 2)))
