from pkt import OUT, arp, folder, put, streams


def text(active, addresses):
    said = "Ethernet Channel Bonding Driver: v5.14.0\n\nBonding Mode: fault-tolerance (active-backup)\nPrimary Slave: None\n"
    said += f"Currently Active Slave: {active}\nMII Status: up\n"
    for name, addr in zip(("eth2", "eth3"), addresses, strict=True):
        said += f"\nSlave Interface: {name}\nMII Status: up\nSpeed: 10000 Mbps\nPermanent HW addr: {addr}\n"
    return said


said = text("eth3", ["02:aa:00:00:03:30", "02:aa:00:00:03:32"]).replace("\n", "\r\n")
put(f"{OUT}/bond.txt", said.encode("utf-16"))
folder(f"{OUT}/cap", streams(["eth3"] * 8, n=40) + arp("eth2"))
