from pkt import MS, OUT, S, folder, streams

places = [("a", "a"), ("b", "b"), ("a", "b"), ("b", "a")] * 2
for name, apart in (("late", 37 * S), ("early", -1500 * MS)):
    folder(f"{OUT}/{name}", [p.but(t=p.t if p.out else p.t + apart) for p in streams(places, n=120)], sort=False)
