from pkt import OUT, by_time, folder, lacp, stream

pk = []
for i in range(4):
    pk += stream(i, "nic1" if i % 2 else "nic2", n=60, rip="10.77.0.11", rmac="02:bb:00:00:00:0b")
folder(f"{OUT}/cap", by_time(pk + lacp("nic1", 1) + lacp("nic2", 2)))
