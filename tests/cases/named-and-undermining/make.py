from pkt import HMAC, HOST, MS, OUT, T0, P, folder, mac, streams, wrapped

pk = streams(["p7"] * 8 + ["p8"] * 8, n=60)
ONLY = {
    "trill": lambda p: p.but(data=p.data[:12] + b"\x22\xf3" + bytes(80)),
    "macsec": lambda p: p.but(data=p.data[:12] + b"\x88\xe5\x2c\0" + bytes(range(90))),
    "esp": lambda p: wrapped(p, "02:bb:00:00:00:0b", HMAC, "10.77.0.11", HOST, 50, bytes(8)),
}
for name, hide in ONLY.items():
    folder(f"{OUT}/{name}", [hide(p) if p.m == "p8" else p for p in pk])
cfm = mac("0180c2000035") + mac("02:99:00:00:00:07") + b"\x89\x02\xa0\1\4\x46" + bytes(70)
folder(f"{OUT}/cfm", pk + [P(T0 + k * 10 * MS, m, False, cfm) for m in ("p7", "p8") for k in range(60)])
