from pkt import MS, OUT, by_time, folder, stream

pk = []
for i in range(2):
    pk += stream(i, "nic1", n=1500, gap=2_400_000, start=i * 1_200_000)
    pk += stream(i + 2, "nic2", n=1500, gap=MS)
folder(f"{OUT}/cap", by_time(pk))
