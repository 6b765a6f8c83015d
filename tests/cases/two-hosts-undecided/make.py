from pkt import OUT, folder, put, streams


def text(active, addresses):
    said = "Ethernet Channel Bonding Driver: v5.14.0\n\nBonding Mode: fault-tolerance (active-backup)\nPrimary Slave: None\n"
    said += f"Currently Active Slave: {active}\nMII Status: up\n"
    for name, addr in zip(("eth2", "eth3"), addresses, strict=True):
        said += f"\nSlave Interface: {name}\nMII Status: up\nSpeed: 10000 Mbps\nPermanent HW addr: {addr}\n"
    return said


masked = ["**:**:**:**:**:31", "**:**:**:**:**:32"]
put(f"{OUT}/bonds.txt", "=== node1 ===\n" + text("eth2", masked) + "=== node2 ===\n" + text("eth3", masked))
folder(f"{OUT}/cap", streams(["eth2"] * 4 + ["eth3"] * 4, n=40))
