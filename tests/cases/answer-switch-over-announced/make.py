from pkt import BCAST, HMAC, MS, OUT, T0, P, S, arp, by_time, folder, mac, stream

LEFT = S
pk = []
for i in range(8):
    where = lambda k: "nic1" if k < 150 else "nic2"  # noqa: E731
    made = stream(i, "nic1", n=350, gap=20 * MS, acks=1, rxf=where, txf=where)
    made = [p if p.m == "nic1" else p.but(t=p.t + 3 * S) for p in made]
    pk += [p for p in made if not p.out or p.m == "nic2" or p.t < T0 + LEFT]  # the host has left, the switch goes on
rarp = mac(BCAST) + mac(HMAC) + b"\x80\x35" + bytes.fromhex("0001080006040003") + (mac(HMAC) + bytes(4)) * 2 + bytes(18)
pk += [P(T0 + LEFT, "nic2", True, rarp), P(T0 + LEFT + MS // 4, "nic1", False, rarp)]
folder(f"{OUT}/cap", by_time(pk + arp("nic1", n=6) + arp("nic2", n=6)))
