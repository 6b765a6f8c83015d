import struct

from pkt import OUT, folder, mac, streams

BACKBONE = mac("02:99:00:00:00:01") + mac("02:99:00:00:00:02")


def behind_macs(shim):
    return lambda p: p.but(data=p.data[:12] + shim(p) + p.data[12:], wire=p.wire + len(shim(p)))


SHIMS = {
    "macsec-clear": lambda p: p.but(
        data=p.data[:12] + b"\x88\xe5\x20\x00" + struct.pack("!IQ", 7, 0x02AA00000001) + p.data[12:], wire=p.wire + 32
    ),
    "macsec-short": lambda p: p.but(data=p.data[:12] + b"\x88\xe5\0\0\0\0\0\7" + p.data[12:], wire=p.wire + 24),
    "hsr": behind_macs(lambda p: b"\x89\x2f" + struct.pack("!HH", p.wire - 14 & 0xFFF, 9)),
    "prp": lambda p: p.but(wire=p.wire + 6),
    "timestamp-64": behind_macs(lambda p: b"\xd2\x8b" + struct.pack("!HHII", 1, 0x10, p.t // 10**9, p.t % 10**9)),
    "backbone": lambda p: p.but(data=BACKBONE + b"\x88\xe7\0\0\0\1" + p.data, wire=p.wire + 18),
    "vn-tag": behind_macs(lambda p: b"\x89\x26\0\1\0\2"),
    "trunk-9100": behind_macs(lambda p: b"\x91\0\0\x64"),
}
for name, shim in SHIMS.items():
    pk = streams(["p7"] * 8 + ["p8"] * 8, n=60)
    folder(f"{OUT}/{name}", [shim(p) if p.m == "p8" else p for p in pk], snap=160)
