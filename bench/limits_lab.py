"""Record what limits a transfer, with the kernel's own account of it, in network namespaces (root, Linux).

    python bench/limits_lab.py captures/limits            # all scenarios
    python bench/limits_lab.py captures/limits loss-tx    # some of them

    host T --nic0--+           +-- (a delay) -- hosts R1 10.66.0.11, R2 10.66.0.12
           --nic1--+ router M  +

T is the host whose team is captured: R1 is reached over nic0, R2 over nic1. A token bucket shapes a link, an nft rule
drops at random, a program between M and R delays frames, a receiver has a small buffer or reads slowly, a sender pauses or
is paced. Each scenario leaves the captures of nic0 and nic1 (tcpdump, snaplen 96, gzip) and `truth.json`: how it was made,
what TCP_INFO of the sending socket said at the end (busy time, and how much of it the receiver's window or the sender's
buffer was the limit; retransmissions), `tc -s`, `ss -tin` and `nstat`. `expect` follows from how it was made, not from flowmap.
"""

from __future__ import annotations

import argparse
import gzip
import heapq
import json
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

T, M, R, D = "fmlimT", "fmlimM", "fmlimR", "fmlimD"
HOST, REMOTES = "10.66.0.100", ("10.66.0.11", "10.66.0.12")
PORT = 6600
SNAPLEN = 96
_TCP_INFO = "8B24I4Q5I1I5Q2I"


@dataclass(frozen=True)
class Scenario:
    """How one recording is made. Rates are bits per second, `streams` the remote host of each transfer."""

    name: str
    expect: str
    why: str
    sender: str = "T"
    streams: tuple[int, ...] = (0,)
    seconds: float = 3.0
    member_rate: int = 0
    remote_rate: int = 0
    speed: str = "1G"
    delay_ms: float = 0
    loss_percent: float = 0
    receive_buffer: int = 0
    read_rate: int = 0
    burst_rate: int = 0
    pacing_rate: int = 0
    late_s: float = 0


SCENARIOS = (
    Scenario(
        "line-rate-tx",
        "member-line-rate",
        "nic0 is shaped to the speed that is stated, one transfer fills it",
        member_rate=20_000_000,
        speed="20M",
    ),
    Scenario(
        "line-rate-rx",
        "member-line-rate",
        "the same towards T: the switch's port is the shaped one",
        sender="R",
        member_rate=20_000_000,
        speed="20M",
    ),
    Scenario(
        "shared-tx",
        "shared-member",
        "two transfers share nic0, nic1 carries nothing",
        streams=(0, 0),
        member_rate=20_000_000,
        speed="20M",
    ),
    Scenario(
        "shared-rx",
        "shared-member",
        "the same towards T",
        sender="R",
        streams=(0, 0),
        member_rate=20_000_000,
        speed="20M",
    ),
    Scenario(
        "window-tx",
        "receiver-window",
        "the receiver's buffer holds less than the delay needs",
        delay_ms=20,
        receive_buffer=12_000,
    ),
    Scenario(
        "window-rx",
        "receiver-window",
        "the same towards T: captured at the receiver",
        sender="R",
        delay_ms=20,
        receive_buffer=12_000,
    ),
    Scenario(
        "slow-reader",
        "receiver-window",
        "the receiving program reads slowly: the window closes",
        read_rate=8_000_000,
        receive_buffer=60_000,
    ),
    Scenario(
        "loss-tx", "loss", "one packet in 80 is lost behind the capture", delay_ms=8, loss_percent=1.25, seconds=4
    ),
    Scenario(
        "loss-rx",
        "loss",
        "one packet in 80 is lost before the capture",
        sender="R",
        delay_ms=8,
        loss_percent=1.25,
        seconds=4,
    ),
    Scenario(
        "capped-tx", "sender", "the sending program sends a burst every 100 ms, as QEMU does", burst_rate=16_000_000
    ),
    Scenario("capped-rx", "sender", "the same towards T", sender="R", burst_rate=16_000_000),
    Scenario(
        "paced",
        "sender",
        "the sender's kernel spaces packets evenly over a path with a delay",
        delay_ms=10,
        pacing_rate=12_000_000,
    ),
    Scenario(
        "capped-loss",
        "sender",
        "a capped sender whose path loses a packet in 300: the cap is the limit",
        delay_ms=4,
        burst_rate=12_000_000,
        loss_percent=0.33,
    ),
    Scenario(
        "slow-path",
        "sender",
        "a slower link behind the switch, with a deep queue: not the member, not the window",
        remote_rate=16_000_000,
    ),
    Scenario(
        "window-late",
        "unknown",
        "as window-tx, but the capture begins after the SYN: no window scale",
        delay_ms=20,
        receive_buffer=12_000,
        late_s=0.6,
        seconds=4,
    ),
)


def run(*words: str, check: bool = True) -> str:
    """Output of a command."""
    return subprocess.run(words, check=check, capture_output=True, text=True).stdout


def inside(namespace: str, *words: str, check: bool = True) -> str:
    return run("ip", "netns", "exec", namespace, *words, check=check)


def cable(ns_a: str, a: str, ns_b: str, b: str) -> None:
    """A link between two namespaces, with all offloads off."""
    run("ip", "link", "add", a, "netns", ns_a, "type", "veth", "peer", "name", b, "netns", ns_b)
    for namespace, name in ((ns_a, a), (ns_b, b)):
        inside(namespace, "ethtool", "-K", name, "tso", "off", "gso", "off", "gro", "off", "tx", "off")
        inside(namespace, "ip", "link", "set", name, "up")


def mac(namespace: str, name: str) -> str:
    return str(json.loads(inside(namespace, "ip", "-j", "link", "show", name))[0]["address"])


def route(namespace: str, destination: str, name: str, peer_mac: str, *more: str) -> None:
    """To `destination` by a link, whose other end needs no asking."""
    inside(namespace, "ip", "neigh", "replace", destination, "lladdr", peer_mac, "dev", name)
    inside(namespace, "ip", "route", "replace", destination, "dev", name, *more)


def build(scenario: Scenario) -> None:
    """The namespaces, links and rules of a scenario."""
    for namespace in (T, M, R, D):
        run("ip", "netns", "add", namespace)
        inside(namespace, "ip", "link", "set", "lo", "up")
    for number in (0, 1):
        cable(T, f"nic{number}", M, f"p{number}")
    inside(T, "ip", "link", "set", "nic1", "address", mac(T, "nic0"))
    if scenario.delay_ms:
        cable(M, "far", D, "d0")
        cable(D, "d1", R, "r0")
    else:
        cable(M, "far", R, "r0")
    inside(T, "ip", "addr", "add", f"{HOST}/32", "dev", "lo")
    inside(M, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0")
    for number, remote in enumerate(REMOTES):
        inside(R, "ip", "addr", "add", f"{remote}/32", "dev", "lo")
        route(T, remote, f"nic{number}", mac(M, f"p{number}"), "src", HOST)
        route(M, remote, "far", mac(R, "r0"))
        inside(M, "ip", "neigh", "replace", HOST, "lladdr", mac(T, f"nic{number}"), "dev", f"p{number}")
        inside(M, "ip", "route", "add", HOST, "dev", f"p{number}", "table", str(100 + number))
        inside(M, "ip", "rule", "add", "from", remote, "lookup", str(100 + number))
    route(R, HOST, "r0", mac(M, "far"))
    limit(scenario)


def limit(scenario: Scenario) -> None:
    """Shapers and the lossy path."""
    if scenario.member_rate:
        ends = ((T, "nic"), (M, "p"))[scenario.sender == "R"]
        for number in (0, 1):
            shape(ends[0], f"{ends[1]}{number}", scenario.member_rate)
    if scenario.remote_rate:
        shape(M, "far", scenario.remote_rate)
    if scenario.loss_percent:
        out, many = ("far", "p0")[scenario.sender == "R"], 10_000
        inside(
            M,
            "nft",
            "add table inet lossy; add chain inet lossy c { type filter hook forward priority 0; }; "
            f"add rule inet lossy c oifname {out} numgen random mod {many} < {round(scenario.loss_percent * many / 100)} "
            "counter drop",
        )


def shape(namespace: str, name: str, rate: int) -> None:
    inside(
        namespace,
        "tc",
        "qdisc",
        "add",
        "dev",
        name,
        "root",
        "tbf",
        "rate",
        f"{rate}bit",
        "burst",
        "6kb",
        "limit",
        "256kb",
    )


def remove() -> None:
    """All namespaces of the lab; links go with them."""
    for namespace in (T, M, R, D):
        run("ip", "netns", "del", namespace, check=False)


def record(scenario: Scenario, folder: Path) -> None:
    """Make the recording and its truth."""
    remove()
    build(scenario)
    started: list[subprocess.Popen[str]] = []
    try:
        if scenario.delay_ms:
            started.append(helper(D, "relay", str(scenario.delay_ms)))
        far = {"T": (T, R), "R": (R, T)}[scenario.sender]
        options = json.dumps(asdict(scenario))
        receiver = helper(far[1], "receive", options)
        started.append(receiver)
        time.sleep(1.0)
        tools = captures(folder) if not scenario.late_s else []
        time.sleep(1.0)
        sender = helper(far[0], "send", options)
        started.append(sender)
        if scenario.late_s:
            time.sleep(scenario.late_s + 1.0)
            tools = captures(folder)
        said, _ = sender.communicate(timeout=60)
        time.sleep(0.7)
        stop(tools)
        write_truth(scenario, folder, json.loads(said))
    finally:
        stop([one for one in started if one.poll() is None], signal.SIGTERM)
        remove()


def helper(namespace: str, *words: str) -> subprocess.Popen[str]:
    """This program, as one of its parts, in a namespace."""
    command = ["ip", "netns", "exec", namespace, sys.executable, __file__, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def captures(folder: Path) -> list[subprocess.Popen[str]]:
    folder.mkdir(parents=True, exist_ok=True)
    tools = []
    for name in ("nic0", "nic1"):
        command = [
            "ip",
            "netns",
            "exec",
            T,
            "tcpdump",
            "-q",
            "-n",
            "-s",
            str(SNAPLEN),
            "-i",
            name,
            "-Z",
            "root",
            "-B",
            "8192",
            "-w",
            str(folder / f"{name}.pcap"),
            "tcp",
        ]
        tools.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, text=True))
    time.sleep(0.7)
    return tools


def stop(tools: list[subprocess.Popen[str]], by: signal.Signals = signal.SIGINT) -> None:
    for tool in tools:
        tool.send_signal(by)
    for tool in tools:
        tool.wait(timeout=10)


def write_truth(scenario: Scenario, folder: Path, sockets: list[dict[str, Any]]) -> None:
    """What the kernel said, beside the captures, which are compressed."""
    shapers = {
        f"{namespace}:{name}": json.loads(inside(namespace, "tc", "-s", "-j", "qdisc", "show", "dev", name))
        for namespace, name in ((T, "nic0"), (T, "nic1"), (M, "p0"), (M, "p1"), (M, "far"))
    }
    source = {"T": T, "R": R}[scenario.sender]
    truth = {
        "scenario": asdict(scenario),
        "host": HOST,
        "sockets": sockets,
        "tc": shapers,
        "nstat_sender": json.loads(inside(source, "nstat", "-asj") or "{}"),
        "nft": inside(M, "nft", "list", "ruleset", check=False) if scenario.loss_percent else "",
        "kernel": run("uname", "-r").strip(),
    }
    for name in ("nic0", "nic1"):
        path = folder / f"{name}.pcap"
        (folder / f"{name}.pcap.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        path.unlink()
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
    busy = [s["busy_us"] and round(s["rwnd_limited_us"] / s["busy_us"], 2) for s in sockets]
    print(
        f"{scenario.name}: {[round(s['bytes'] * 8 / s['seconds'] / 1e6, 1) for s in sockets]} Mbit/s, "
        f"window-limited {busy}, retransmitted {[s['retransmitted'] for s in sockets]}"
    )


def receive(scenario: Scenario) -> None:
    """Take what comes, from several connections at once."""
    address = HOST if scenario.sender == "R" else "0.0.0.0"
    listening = socket.create_server((address, PORT), backlog=8)
    if scenario.receive_buffer:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, scenario.receive_buffer)
    open_ones: list[socket.socket] = []
    step = scenario.read_rate // 8 // 100
    while True:
        ready, _, _ = select.select([listening, *open_ones], [], [])
        for one in ready:
            if one is listening:
                open_ones.append(one.accept()[0])
            elif not one.recv(step or 1 << 18):
                open_ones.remove(one)
                one.close()
        if step and open_ones:
            time.sleep(0.01)


def send(scenario: Scenario) -> None:
    """Send for some time over each connection in turn, and tell what TCP knew at the end."""
    sockets = []
    for remote in scenario.streams:
        one = socket.socket()
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")  # whatever the machine's own is
        if scenario.pacing_rate:
            one.setsockopt(socket.SOL_SOCKET, 47, scenario.pacing_rate // 8)  # SO_MAX_PACING_RATE, bytes per second
        source, target = (HOST, REMOTES[remote]) if scenario.sender == "T" else (REMOTES[remote], HOST)
        one.bind((source, 0))
        one.connect((target, PORT))
        one.setblocking(False)
        sockets.append(one)
    begin = time.monotonic()
    counts = dict.fromkeys(sockets, 0)
    chunk = bytes(1 << 16)
    while (now := time.monotonic()) < begin + scenario.seconds:
        allowed = int((now - begin) * 10 + 1) * scenario.burst_rate // 80 if scenario.burst_rate else 1 << 62
        waiting = [one for one in sockets if counts[one] < allowed]
        for one in select.select([], waiting, [], 0.005)[1]:
            counts[one] += one.send(chunk[: allowed - counts[one]])
        if not waiting:
            time.sleep(0.002)
    seconds = time.monotonic() - begin
    said = run("ss", "-tin", "state", "established")
    print(json.dumps([account(one, counts[one], seconds, said) for one in sockets]))
    for one in sockets:
        one.close()


def account(one: socket.socket, count: int, seconds: float, said: str) -> dict[str, Any]:
    """TCP_INFO (linux/tcp.h) of a sending socket."""
    raw = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    words = struct.unpack_from("24I", raw, 8)
    busy, receiver, buffer = struct.unpack_from("3Q", raw, 168)
    port = one.getsockname()[1]
    lines = said.splitlines()
    own = [lines[k + 1].strip() for k, line in enumerate(lines[:-1]) if f":{port} " in line]
    return {
        "source": list(one.getsockname()),
        "target": list(one.getpeername()),
        "bytes": count,
        "seconds": round(seconds, 3),
        "busy_us": busy,
        "rwnd_limited_us": receiver,
        "sndbuf_limited_us": buffer,
        "retransmitted": words[23],
        "rtt_us": words[15],
        "cwnd": words[18],
        "ss": own[0] if own else "",
    }


def relay(delay_s: float) -> None:
    """Hand frames from one link to the other, each after a delay."""
    ends = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) for _ in range(2)]
    for number, end in enumerate(ends):
        end.bind((f"d{number}", 0))
        end.setblocking(False)
    due: list[tuple[float, int, int, bytes]] = []
    count = 0
    while True:
        wait = max(0.0, due[0][0] - time.monotonic()) if due else None
        for end in select.select(ends, [], [], wait)[0]:
            frame, address = end.recvfrom(65536)
            if address[2] != socket.PACKET_OUTGOING:
                count += 1
                heapq.heappush(due, (time.monotonic() + delay_s, count, 1 - ends.index(end), frame))
        while due and due[0][0] <= time.monotonic():
            _, _, number, frame = heapq.heappop(due)
            ends[number].send(frame)


def main() -> None:
    if sys.argv[1:2] == ["relay"]:
        relay(float(sys.argv[2]) / 2000)
        return
    if sys.argv[1:2] in (["send"], ["receive"]):
        part = {"send": send, "receive": receive}[sys.argv[1]]
        part(Scenario(**json.loads(sys.argv[2])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    for scenario in SCENARIOS:
        if not args.names or scenario.name in args.names:
            record(scenario, args.folder / scenario.name)


if __name__ == "__main__":
    main()
