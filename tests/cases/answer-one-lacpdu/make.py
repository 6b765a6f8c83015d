from pkt import HOSTSYS, OUT, T0, P, by_time, folder, lacp, lacpdu, streams

pk = streams(["nic1"] * 3, n=300) + lacp("nic1", 1, 6)
pk.append(P(T0, "nic2", True, lacpdu(HOSTSYS, 0xBF, 2, 9, 0, 0x02, 0, 0)))
folder(f"{OUT}/cap", by_time(pk))
