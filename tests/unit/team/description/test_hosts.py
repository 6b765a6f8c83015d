"""Outputs of several hosts in one text stay apart."""

from __future__ import annotations

import pytest
from descriptions import teams

from flowmap.errors import ConfigError
from flowmap.team.description.match import Seen, match_teams
from flowmap.team.members import TeamMember


def shown(host: int, active: str) -> bytes:
    """`ovs-appctl bond/show` of a host whose members have MACs of its own."""

    def member(name: str) -> str:
        return f"slave {name}: enabled\n" + ("\tactive slave\n" if name == active else "") + "\tmay_enable: true\n\n"

    return (
        f"---- bond1 ----\nbond_mode: active-backup\nactive slave mac: 02:00:00:00:0{active[-1]}:{host:02}({active})\n\n"
        + member("eth2")
        + member("eth3")
    ).encode()


HEADINGS = [
    b"=== node%d ===\n",
    b"---------------\nnode%d\n---------------\n",
    b"node%d | CHANGED | rc=0 >>\n",
    b"[1] 10:11:12 [SUCCESS] node%d\n",
    b"[root@node%d ~]# ovs-appctl bond/show\n",
    b"",
]


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("order", [(31, 32), (32, 31)])
def test_hosts_of_one_text_stay_apart_and_macs_decide(heading: bytes, order: tuple[int, int]) -> None:
    active = {31: "eth2", 32: "eth3"}
    data = b"".join((heading % host if heading else b"") + shown(host, active[host]) for host in order)
    found = teams(data)
    assert [team.active for team in found] == [active[host] for host in order]
    seen = [Seen(TeamMember(number=n, name=f"eth{n + 2}")) for n in (0, 1)]
    chosen = match_teams(
        found, seen, [(1, 0x020000000332, 0x02BB00000011, 90), (1, 0x02BB00000011, 0x020000000332, 80)]
    )
    assert chosen is not None
    assert chosen.team.active == "eth3"
    with pytest.raises(ConfigError, match="do not tell which of them"):
        match_teams(found, seen, [(1, 0x02AA00000001, 0x02BB00000011, 90)])


def test_lines_with_the_host_before_them() -> None:
    lines = [
        f"node{host}: {line}" for host in (31, 32) for line in shown(host, f"eth{host - 29}").decode().splitlines()
    ]
    assert [team.active for team in teams("\n".join(lines).encode())] == ["eth2", "eth3"]
    assert [team.host for team in teams("\n".join(lines).encode())] == ["node31", "node32"]
