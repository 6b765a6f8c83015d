from pkt import OUT, US, by_time, folder, put, streams


def bond(name, slaves):
    text = "Ethernet Channel Bonding Driver: v5.15.0-91-generic\n\nBonding Mode: load balancing (xor)\n"
    text += "Transmit Hash Policy: layer2+3 (2)\nMII Status: up\nMII Polling Interval (ms): 100\n"
    for slave, mac in slaves:
        text += f"\nSlave Interface: {slave}\nMII Status: up\nSpeed: 10000 Mbps\nDuplex: full\nLink Failure Count: 0\n"
        text += f"Permanent HW addr: {mac}\nSlave queue ID: 0\n"
    put(f"{OUT}/{name}.txt", text)


other = streams(["en1"] * 2 + ["en2"], n=20, dport=8443, net="10.88.0.", host="10.88.0.100")
folder(f"{OUT}/cap", by_time(other + [p.but(t=p.t + 3 * US) for p in streams(["en3"] * 6 + ["en4"] * 6, n=60)]))
bond("own", [("en3", "02:aa:00:00:00:13"), ("en4", "02:aa:00:00:00:14")])
bond("others", [("en1", "02:aa:00:00:00:11"), ("en2", "02:aa:00:00:00:12")])
