from pkt import OUT, arp, by_time, folder, stream

pk = []
for i in range(2):
    pk += stream(i, "nic1", n=1500, gap=2_400_000, rip="10.77.0.11", rmac="02:bb:00:00:00:0b", start=i * 1_200_000)
folder(f"{OUT}/cap", by_time(pk + arp("nic2")))
