from pkt import HOSTSYS, MS, OUT, SWITCH, T0, P, by_time, folder, lacp, lacpdu, stream, streams

pk = streams(["nic2"] * 4 + ["nic1"], n=1000, gap=40 * MS)
where = lambda k: "nic1" if k % 120 < 100 or k > 960 else "nic2"  # noqa: E731
pk += stream(7, "nic2", rxf=where, n=1000, gap=40 * MS)
pk += lacp("nic1", 1, 41) + lacp("nic2", 2, 41)
for flap in range(8):
    t = T0 + int((flap * 120 + 100) * 40 * MS) + 260 * MS
    pk.append(P(t, "nic1", True, lacpdu(HOSTSYS, 0x87, 1, 9, SWITCH, 0x3F, 21, 33)))
    pk.append(P(t + 100 * MS, "nic1", True, lacpdu(HOSTSYS, 0x3F, 1, 9, SWITCH, 0x3F, 21, 33)))
folder(f"{OUT}/cap", by_time(pk))
