from pkt import MS, OUT, T0, arp, by_time, folder, stream


def paced(i, plan):
    """A stream on nic1 that sends `count` segments a tenth of a second over each stretch of tenths in `plan`."""
    times = [
        tenth * 100 * MS + int(n * 100 * MS / count)
        for first, last, count in plan
        for tenth in range(first, last)
        for n in range(count)
    ]
    made = stream(i, "nic1", n=len(times), rip="10.77.0.11", rmac="02:bb:00:00:00:0b", start=times[0])
    data = [p for p in made if not p.out and p.wire > 1000]
    shift = {id(p): T0 + t + i * 1000 - p.t for p, t in zip(data, times, strict=True)}
    last = 0
    for p in made:
        last = shift.get(id(p), last)
        p.t += last
    return made


pk = paced(0, [(0, 60, 30)]) + paced(1, [(20, 80, 30)])
folder(f"{OUT}/cap", by_time(pk + arp("nic2")))
