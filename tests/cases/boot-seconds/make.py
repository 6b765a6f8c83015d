from pkt import OUT, T0, S, folder, streams

pk = streams(["en1"] * 4 + ["en2"] * 4, n=60)
folder(f"{OUT}/both", [p.but(t=p.t - T0 + 86_000 * S) for p in pk])
folder(f"{OUT}/one", [p.but(t=p.t - T0 + 86_000 * S) if p.m == "en1" else p for p in pk])
