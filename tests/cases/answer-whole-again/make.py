from pkt import HOSTSYS, MS, OUT, SWITCH, T0, P, S, by_time, folder, lacp, lacpdu, stream, streams

pk = streams(["nic2"] * 4, n=300, gap=20 * MS)
for i in range(4, 8):
    pk += stream(
        i,
        "nic1",
        n=300,
        gap=20 * MS,
        rxf=lambda k: "nic1" if k < 150 else "nic2",
        txf=lambda k: "nic1" if k < 75 else "nic2",
    )
pk += lacp("nic1", 1, 7) + lacp("nic2", 2, 7)
for back in (T0 + 3 * S + 230 * MS, T0 + 3 * S + 730 * MS):
    pk.append(P(back, "nic1", True, lacpdu(HOSTSYS, 0x87, 1, 9, SWITCH, 0x3F, 21, 33)))
    pk.append(P(back + MS, "nic1", False, lacpdu(SWITCH, 0x3F, 21, 33, HOSTSYS, 0x87, 1, 9)))
    pk.append(P(back + 2 * MS, "nic1", True, lacpdu(HOSTSYS, 0x3F, 1, 9, SWITCH, 0x3F, 21, 33)))
folder(f"{OUT}/cap", by_time(pk))
