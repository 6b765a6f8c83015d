"""Builds the small captures of the cases: packets as a list, and files out of it. Only the standard library.

A packet P has a time `t` (ns), the member `m` it was captured on, `out` (sent by the teamed host), its bytes `data` and its
length on the wire. Everything is made up: addresses, MACs, names."""

import functools
import ipaddress
import os
import struct
import sys

T0 = 1_767_261_300 * 10**9  # 2026-01-01 09:55:00 UTC
S, MS, US = 10**9, 10**6, 10**3
HOST, HMAC = "10.77.0.100", "02:aa:00:00:00:01"
SWITCH, HOSTSYS = 0x02EE000000CC, 0x02AA00000001
SYN, ACK, PSH = 2, 16, 8
BCAST = "ff:ff:ff:ff:ff:ff"


@functools.cache
def mac(s):
    return bytes.fromhex(s.replace(":", ""))


@functools.cache
def ip(s):
    return ipaddress.ip_address(s).packed


def csum(b):
    b += bytes(len(b) % 2)
    s = sum(struct.unpack(f"!{len(b) // 2}H", b))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


class P:
    __slots__ = ("data", "m", "out", "t", "wire")

    def __init__(self, t, m, out, data, wire=None):
        self.t, self.m, self.out, self.data, self.wire = t, m, out, data, len(data) if wire is None else wire

    def but(self, **changes):
        n = P(self.t, self.m, self.out, self.data, self.wire)
        for k, v in changes.items():
            setattr(n, k, v)
        return n


def by_time(pk):
    return sorted(pk, key=lambda p: p.t)


# ---- packets


def ip_header(src, dst, proto, length, ipid=0):
    if ":" in src:
        return struct.pack("!IHBB", 0x60000000, length if length < 65536 else 0, proto, 64) + ip(src) + ip(dst)
    total = 20 + length
    h = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, total if total < 65536 else 0, ipid & 0xFFFF, 0x4000, 64, proto, 0, ip(src), ip(dst)
    )
    return h[:10] + struct.pack("!H", csum(h)) + h[12:]


def tcp(smac, dmac, src, dst, sport, dport, seq, ack, flags, n=0, opts=b"", win=65000, head=b"", ipid=0):
    """(bytes, length on the wire) of a TCP packet with n bytes of payload, the first of them `head`."""
    off = 5 + len(opts) // 4
    t = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, off << 4, flags, win, 0, 0) + opts
    h = ip_header(src, dst, 6, len(t) + n, ipid)
    eth = mac(dmac) + mac(smac) + (b"\x86\xdd" if ":" in src else b"\x08\x00")
    data = eth + h + t + head + bytes(max(0, min(n, 200) - len(head)))
    return data, len(eth) + len(h) + len(t) + n


class Ids:
    def __init__(self):
        self.n = {}

    def __call__(self, who):
        self.n[who] = self.n.get(who, 1000) + 1
        return self.n[who]


def syn_options(mss=1460, scale=7):
    return b"\x02\x04" + struct.pack("!H", mss) + b"\x01\x03\x03" + bytes([scale])


def stream(
    i,
    rx,
    tx=None,
    *,
    host=HOST,
    hmac=HMAC,
    rip=None,
    rmac=None,
    net="10.77.0.",
    sport=None,
    dport=6600,
    n=300,
    seg=1448,
    gap=MS,
    start=0,
    sends=False,
    head=b"",
    opts=b"",
    rxf=None,
    txf=None,
    ids=None,
    win=65000,
    mss=1460,
    acks=2,
    delay=60 * US,
    syn=True,
):
    """A connection that carries n segments of `seg` bytes. The remote host i connects to the teamed host and sends; with
    `sends` the teamed host connects to it and sends. rx, tx: the member on which the host receives, sends; rxf(k), txf(k) say
    it for the k-th packet of that direction."""
    ids = ids or Ids()
    tx = rx if tx is None else tx
    rip, rmac, sport = rip or f"{net}{11 + i}", rmac or f"02:bb:00:00:00:{11 + i:02x}", sport or 50000 + i
    c, cm, s, sm = (host, hmac, rip, rmac) if sends else (rip, rmac, host, hmac)
    cseq, sseq, t, out = 100_000 * (i + 1) + sport, 700_000 * (i + 1) + sport, T0 + start + i * 13 * US, []

    def where(o, k):
        return (txf(k) if txf else tx) if o else (rxf(k) if rxf else rx)

    def put(t, from_client, k, *a, **kw):
        o = from_client == sends
        if from_client:
            f = tcp(cm, sm, c, s, sport, dport, *a, ipid=ids(c), win=win, **kw)
        else:
            f = tcp(sm, cm, s, c, dport, sport, *a, ipid=ids(s), win=win, **kw)
        out.append(P(t, where(o, k), o, *f))

    if syn:
        put(t, True, 0, cseq, 0, SYN, opts=syn_options(mss) + opts)
        put(t + 100 * US, False, 0, sseq, cseq + 1, SYN | ACK, opts=syn_options(mss) + opts)
        put(t + 200 * US, True, 0, cseq + 1, sseq + 1, ACK, opts=opts)
    seq, ack, t = cseq + 1, sseq + 1, t + MS
    for k in range(n):
        put(
            t + int(k * gap),
            True,
            k,
            seq,
            ack,
            ACK | (PSH if k % 10 == 9 else 0),
            seg,
            opts=opts,
            head=head if k == 0 else b"",
        )
        seq += seg
        if (k + 1) % acks == 0 or k == n - 1:
            put(t + int(k * gap) + delay, False, k // acks, ack, seq, ACK, opts=opts)
    return out


def streams(places, **kw):
    """One stream for each host of `places`: a member, or (rx, tx)."""
    ids, out = Ids(), []
    for i, place in enumerate(places):
        rx, tx = place if isinstance(place, tuple) else (place, place)
        out += stream(i, rx, tx, ids=ids, **kw)
    return by_time(out)


def arp(m, n=5, net="10.77.0.", smac="02:bb:00:00:00:0b", start=0, every=50 * MS):
    """n broadcasts that the switch floods to the member."""
    out = []
    for k in range(n):
        f = mac(BCAST) + mac(smac) + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + mac(smac) + ip(net + "11")
        f += bytes(6) + ip(f"{net}{30 + k}")
        out.append(P(T0 + start + k * every + 777, m, False, f + bytes(60 - len(f))))
    return out


def party(system, state, port, key):
    return struct.pack("!H6sHHHB3x", 0x8000, system.to_bytes(6, "big"), key, 0xFF, port, state)


def lacpdu(actor, state, port, key, partner, pstate, pport, pkey):
    f = (
        bytes.fromhex("0180c2000002")
        + ((actor | 0x100 * port) & (2**48 - 1)).to_bytes(6, "big")
        + b"\x88\x09\x01\x01\x01\x14"
    )
    return (
        f
        + party(actor, state, port, key)
        + b"\x02\x14"
        + party(partner, pstate, pport, pkey)
        + b"\x03\x10"
        + bytes(14 + 52)
    )


def lacp(
    m,
    port,
    seconds=3,
    *,
    key=9,
    pkey=33,
    pport=None,
    state=0x3F,
    host=HOSTSYS,
    switch=SWITCH,
    start=0,
    every=S,
    until=None,
):
    """LACPDUs of both sides of a member, a healthy bundle by default."""
    pport, out, t = pport or port + 20, [], start
    while t <= (seconds * S if until is None else until):
        out.append(P(T0 + t, m, True, lacpdu(host, state, port, key, switch, state, pport, pkey)))
        out.append(P(T0 + t + MS, m, False, lacpdu(switch, state, pport, pkey, host, state, port, key)))
        t += every
    return out


# ---- tunnels: the packet's frame in another one


def wrapped(p, smac, dmac, src, dst, proto, shim, inner=None, wire=None, ipid=0):
    inner, wire = p.data if inner is None else inner, p.wire if wire is None else wire
    eth = mac(dmac) + mac(smac) + (b"\x86\xdd" if ":" in src else b"\x08\x00")
    h = eth + ip_header(src, dst, proto, len(shim) + wire, ipid) + shim
    return p.but(data=h + inner, wire=len(h) + wire)


def vxlan(p, smac, dmac, src, dst, sport=40000, vni=77):
    shim = struct.pack("!HHHH", sport, 4789, (p.wire + 16) & 0xFFFF, 0) + struct.pack("!II", 0x08000000, vni << 8)
    return wrapped(p, smac, dmac, src, dst, 17, shim)


def geneve(p, smac, dmac, src, dst, sport=40000, vni=77, options=b""):
    g = struct.pack("!BBHI", len(options) // 4, 0, 0x6558, vni << 8) + options
    return wrapped(
        p, smac, dmac, src, dst, 17, struct.pack("!HHHH", sport, 6081, (p.wire + 8 + len(g)) & 0xFFFF, 0) + g
    )


def gre(p, smac, dmac, src, dst):
    return wrapped(p, smac, dmac, src, dst, 47, struct.pack("!HH", 0, 0x6558))


def ip_in_ip(p, smac, dmac, src, dst):
    return wrapped(p, smac, dmac, src, dst, 41 if p.data[12:14] == b"\x86\xdd" else 4, b"", p.data[14:], p.wire - 14)


def erspan(
    p, session, seq, kind=2, src="192.0.2.1", dst="192.0.2.200", smac="02:99:00:00:00:01", dmac="02:99:00:00:00:02"
):
    """The packet as a switch's mirror session sends it to the collector (ERSPAN type I, II or III)."""
    g = (
        struct.pack("!HH", 0, 0x88BE)
        if kind == 1
        else struct.pack("!HHI", 0x1000, 0x22EB if kind == 3 else 0x88BE, seq)
    )
    if kind == 2:
        g += struct.pack("!HHI", 0x1001, session & 0x3FF, 0)
    if kind == 3:
        g += struct.pack("!HHIHH", 0x2001, session & 0x3FF, (p.t // 100_000) & 0xFFFFFFFF, 0, 0)
    return wrapped(p, smac, dmac, src, dst, 47, g, ipid=seq)


def mirrored(pk, session, **kw):
    """All packets as mirrored; session(p) is the session of each."""
    n, out = {}, []
    for p in by_time(pk):
        s = session(p)
        n[s] = n.get(s, 0) + 1
        out.append(erspan(p, s, n[s], **kw))
    return out


def sll2(p, index, tagged=None, t=None):
    """The packet as `tcpdump -i any` writes it (link type 276), of the interface number `index`; `tagged`: a VLAN tag in it."""
    kind = 4 if p.out else 1 if p.data[:6] == b"\xff" * 6 else 2 if p.data[0] & 1 else 0
    proto, body = p.data[12:14], p.data[14:]
    if tagged:
        proto, body = b"\x81\x00", struct.pack("!H", tagged) + proto + body
    h = proto + b"\0\0" + struct.pack("!IHBB", index, 1, kind, 6) + p.data[6:12] + b"\0\0"
    return P(p.t if t is None else t, p.m, p.out, h + body, p.wire - 14 + 20 + (4 if tagged else 0))


# ---- files


def put(path, data):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)


def pcap_bytes(pk, snap=128, ns=False, link=1, sort=True):
    b = [struct.pack("<IHHiIII", 0xA1B23C4D if ns else 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)]
    for p in by_time(pk) if sort else pk:
        s, f = divmod(p.t, S)
        d = p.data[:snap]
        b.append(struct.pack("<4I", s, f if ns else f // 1000, len(d), max(p.wire, len(d))) + d)
    return b"".join(b)


def pcap(path, pk, **kw):
    put(path, pcap_bytes(pk, **kw))


def pad(d):
    return d + bytes(-len(d) % 4)


def block(kind, body, o="<"):
    n = 12 + len(pad(body))
    return struct.pack(o + "II", kind, n) + pad(body) + struct.pack(o + "I", n)


def options(items, o="<"):
    return b"".join(struct.pack(o + "HH", c, len(v)) + pad(v) for c, v in items) + bytes(4) if items else b""


def shb(o="<", items=()):
    return block(0x0A0D0D0A, struct.pack(o + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options(items, o), o)


def idb(name=None, o="<", res=9, addr=None):
    items = (
        ([(2, name.encode())] if name is not None else []) + ([(6, mac(addr))] if addr else []) + [(9, bytes([res]))]
    )
    return block(1, struct.pack(o + "HHI", 1, 0, 262144) + options(items, o), o)


def epb(p, number, o="<", res=9, snap=128):
    t, d = p.t // 10 ** (9 - res), p.data[:snap]
    return block(6, struct.pack(o + "5I", number, t >> 32, t & 0xFFFFFFFF, len(d), max(p.wire, len(d))) + pad(d), o)


def section(pk, names, o="<", res=9, snap=128, addrs=None, sort=True):
    """A pcapng section with an interface for each of `names`; the packets' members are among them."""
    names = list(names)
    return (
        shb(o)
        + b"".join(idb(n, o, res, a) for n, a in zip(names, addrs or [None] * len(names), strict=False))
        + b"".join(epb(p, names.index(p.m), o, res, snap) for p in (by_time(pk) if sort else pk))
    )


def folder(path, pk, names=None, ng=False, ext=None, empty_names=False, **kw):
    """A file for each member."""
    for m in names or sorted({p.m for p in pk}):
        mine = [p for p in pk if p.m == m]
        if ng:
            put(f"{path}/{m}.{ext or 'pcapng'}", section(mine, [m], **kw))
        else:
            pcap(f"{path}/{m}.{ext or 'pcap'}", mine, **kw)


OUT = sys.argv[1] if len(sys.argv) > 1 else "."
