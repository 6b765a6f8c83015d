from pkt import OUT, arp, folder, put, streams


def text(active, addresses):
    said = "Ethernet Channel Bonding Driver: v5.14.0\n\nBonding Mode: fault-tolerance (active-backup)\nPrimary Slave: None\n"
    said += f"Currently Active Slave: {active}\nMII Status: up\n"
    for name, addr in zip(("eth2", "eth3"), addresses, strict=True):
        said += f"\nSlave Interface: {name}\nMII Status: up\nSpeed: 10000 Mbps\nPermanent HW addr: {addr}\n"
    return said


hosts = {
    "node31": text("eth2", ["02:aa:00:00:02:31", "02:aa:00:00:03:31"]),
    "node32": text("eth3", ["02:aa:00:00:03:32", "02:aa:00:00:03:33"]),
}
put(f"{OUT}/bonds.txt", "".join(f"{host}: {line}\n" for host, own in hosts.items() for line in own.splitlines()))
folder(f"{OUT}/cap", streams(["eth3"] * 8, n=40, host="10.77.0.132", hmac="02:aa:00:00:03:32") + arp("eth2"))
