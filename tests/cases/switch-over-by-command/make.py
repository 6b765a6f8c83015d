from pkt import MS, OUT, S, by_time, folder, stream

pk = []
for i in range(8):
    before = stream(i, "nic1", n=100, gap=20 * MS, acks=1)
    unheard = [p.but(t=p.t + 0) for p in before if not p.out or p.t < before[0].t + S // 2]  # the host has left already
    after = stream(i, "nic2", n=200, gap=20 * MS, acks=1, syn=False, start=4 * S)
    pk += unheard + after
folder(f"{OUT}/cap", by_time(pk))
