from pkt import OUT, by_time, folder, lacp, stream

pk = [p for i in range(2) for p in stream(i, "nic1", n=900, rip="10.77.0.11", rmac="02:bb:00:00:00:0b")]
folder(f"{OUT}/cap", by_time(pk + lacp("nic1", 1) + lacp("nic2", 2)))
