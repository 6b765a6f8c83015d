from pkt import HOSTSYS, MS, OUT, SWITCH, T0, P, S, folder, lacpdu, streams


def told(member, port, heard, end, slow_side_is_switch):
    """One side speaks at the times `heard`, the other each second, and is Expired 3 s after the last that it heard."""
    out = []
    ends = ((SWITCH, 0x3D, port + 20, 33), (HOSTSYS, 0x3F, port, 15))
    slow, quick = ends if slow_side_is_switch else ends[::-1]
    for t in heard:
        frame = lacpdu(slow[0], 0x3F, *slow[2:], quick[0], 0x3F, *quick[2:])
        out.append(P(T0 + int(t * S), member, not slow_side_is_switch, frame))
    for k in range(end):
        t = k + 0.15
        expired = heard[0] <= t and t - max(x for x in heard if x <= t) > 3
        state = 0x87 if expired else 0x3F
        frame = lacpdu(quick[0], state, *quick[2:], slow[0], 0x3F, *slow[2:])
        out.append(P(T0 + int(t * S), member, slow_side_is_switch, frame))
    return out


def rhythm(shift, gaps=(2.1, 3.5, 2.6, 3.2, 2.4)):
    times = [shift]
    while times[-1] < 118:
        times.append(times[-1] + gaps[len(times) % len(gaps)])
    return times


pk = streams(["nic1"] * 4 + ["nic2"] * 4, gap=400 * MS)
for port in (1, 2):
    pk += told(f"nic{port}", port, rhythm(0.02 + port / 2), 120, False)
folder(f"{OUT}/cap", pk)
