from pkt import MS, OUT, S, folder, lacp, streams

pk = streams(["nic1"] * 4 + ["nic2"] * 4, gap=400 * MS)
for port in (1, 2):
    pk += lacp(f"nic{port}", port, 121, state=0x3D, every=30 * S)
folder(f"{OUT}/cap", pk)
