from pkt import HOSTSYS, MS, OUT, T0, P, S, by_time, folder, lacp, lacpdu, stream, streams

pk = streams([("nic1", "nic2")] * 3 + [("nic2", "nic1")] * 3, n=300, gap=20 * MS)
pk += stream(7, "nic1", "nic2", rxf=lambda k: "nic1" if k < 100 else "nic2", n=300, gap=20 * MS)
pk += stream(8, "nic2", "nic1", rxf=lambda k: "nic2" if k < 205 else "nic3", n=300, gap=20 * MS)
pk += stream(9, "nic1", "nic3", n=90, gap=20 * MS, start=5 * S)
pk += lacp("nic1", 1, 7) + lacp("nic2", 2, 7) + lacp("nic3", 3, start=4 * S, until=7 * S)
pk.append(P(T0 + 3900 * MS, "nic3", True, lacpdu(HOSTSYS, 0x87, 3, 9, 0, 0x02, 0, 0)))
folder(f"{OUT}/cap", by_time(pk))
