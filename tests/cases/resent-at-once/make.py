from pkt import MS, OUT, US, by_time, folder, stream

LOST = range(15, 290, 20)


def lossy(pk, first):
    """Each of the lost segments comes 0.9 ms after its time; the others are 0.3 ms apart. The first three are the handshake."""
    sent = [p for p in pk if not p.out][first:]
    late = {id(sent[k]) for k in LOST}
    return [p.but(t=p.t + 900 * US) if id(p) in late else p for p in pk]


def made():
    pk = []
    for i, member in enumerate(["p2p1", "p2p2", "p2p1", "p2p2"]):
        ends = {"host": "2001:db8:7::100", "rip": f"2001:db8:7::{11 + i // 2}"}
        one = stream(i, member, gap=300 * US, start=i * 5 * MS, syn=i % 2 == 0, **ends)
        pk += lossy(one, 2 if i % 2 == 0 else 0)
    return by_time(pk)


folder(f"{OUT}/cap", made())
