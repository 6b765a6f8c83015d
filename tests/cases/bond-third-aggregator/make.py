from pkt import OUT, arp, folder, put, streams


def slave(name, aggregator, good, addr):
    churn = "none" if good else "churned"
    return f"""
Slave Interface: {name}
MII Status: up
Speed: 10000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: {addr}
Slave queue ID: 0
Aggregator ID: {aggregator}
Actor Churn State: {churn}
Partner Churn State: {churn}
"""


def bond(active, ports, *slaves):
    return (
        "Ethernet Channel Bonding Driver: v3.7.1 (April 27, 2011)\n\nBonding Mode: IEEE 802.3ad Dynamic link aggregation\n"
        "Transmit Hash Policy: layer3+4 (1)\nMII Status: up\n\n802.3ad info\nLACP rate: slow\nActive Aggregator Info:\n"
        f"\tAggregator ID: {active}\n\tNumber of ports: {ports}\n" + "".join(slaves)
    )


addresses = [f"02:aa:00:00:00:0{n}" for n in range(3)]
put(
    f"{OUT}/bond0.txt",
    bond(
        1,
        2,
        slave("eth0", 1, True, addresses[0]),
        slave("eth1", 1, True, addresses[1]),
        slave("eth2", 2, False, addresses[2]),
    ),
)
folder(f"{OUT}/cap", streams(["eth0"] * 4 + ["eth1"] * 4, n=40) + arp("eth2"))
