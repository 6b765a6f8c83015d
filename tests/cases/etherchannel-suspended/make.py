from pkt import MS, OUT, T0, P, arp, folder, mac, put, streams


def tlv(kind, value):
    return (kind << 9 | len(value)).to_bytes(2, "big") + value


def lldp(member, port):
    frame = mac("01:80:c2:00:00:0e") + mac("02:ee:00:00:00:01") + b"\x88\xcc"
    frame += tlv(1, b"\x04" + mac("02:ee:00:00:00:cc")) + tlv(2, b"\x05" + port.encode()) + tlv(3, b"\x00\x78")
    frame += tlv(5, b"core1") + tlv(7, b"\x00\x14\x00\x14") + tlv(0, b"")
    return [P(T0 + 3 * MS, member, False, frame + bytes(max(0, 60 - len(frame))))]


put(
    f"{OUT}/summary.txt",
    """core1#show etherchannel summary
Flags:  D - down        P - bundled in port-channel
        I - stand-alone s - suspended

Group  Port-channel  Protocol    Ports
------+-------------+-----------+-----------------------------------------------
7      Po7(SU)         LACP      Gi1/0/1(P)  Gi1/0/2(s)
""",
)
ports = lldp("nic1", "GigabitEthernet1/0/1") + lldp("nic2", "GigabitEthernet1/0/2")
folder(f"{OUT}/cap", streams(["nic1"] * 8, n=40) + arp("nic2") + ports)
