"""`--team` with real captures: what the description gives, and what the packets contradict."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import warm

import flowmap

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures"
OVS = ROOT / "tests" / "unit" / "team" / "description" / "described"


def report(folder: str, *team: Path, captures: tuple[str, ...] = (".",), **settings: Any) -> dict[str, Any]:
    paths = [str(CAPTURES / folder / name) if "=" not in name else _named(folder, name) for name in captures]
    return json.loads(flowmap.analyze(paths, team=[str(path) for path in team], **settings).to_json())  # type: ignore[no-any-return]


def _named(folder: str, name: str) -> str:
    member, _, path = name.partition("=")
    return f"{member}={CAPTURES / folder / path}"


def kinds(found: dict[str, Any]) -> list[str]:
    return [one["evidence"]["kind"] for one in found["findings"] if one["code"] == "FM309"]


def codes(found: dict[str, Any]) -> dict[str, bool]:
    """Notices that the description led to, and whether they undermine."""
    return {one["code"]: one["undermines"] for one in found["notices"] if one["code"].startswith(("team_", "member_"))}


def written(folder: Path, text: str) -> Path:
    path = folder / "team.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["ovs-bond-show.txt", "ovs-lacp-show.txt"])
def test_the_real_description_fits_and_chooses_the_host_s_bond(kind: str) -> None:
    """The file is of two bonds: the host's, and the switch's end of the same cables."""
    found = report("different-sources", OVS / kind)
    assert found["team"]["name"] == "teamT"
    assert [member["described_as"] for member in found["members"]] == ["hvT_nic1", "hvT_nic2"]
    assert (kinds(found), codes(found)) == ([], {})
    assert found["verdict"] == "pass"


def test_mode_comes_from_the_description_and_an_option_wins() -> None:
    found = report("different-sources", OVS / "ovs-bond-show.txt")
    assert (found["team"]["mode"], found["team"]["mode_source"]) == ("balance-tcp", "config")
    found = report("different-sources", OVS / "ovs-bond-show.txt", mode="linux/802.3ad", algorithm="layer3+4")
    assert (found["team"]["mode"], found["team"]["algorithm"]) == ("802.3ad", "layer3+4")


def test_renamed_captures_are_told_by_the_source_of_their_lacpdus(tmp_path: Path) -> None:
    """Open vSwitch and Linux send LACPDUs from the port's own address, which each capture shows; here they are swapped."""
    team = written(
        tmp_path,
        """
        mode = "balance-tcp"
        [[member]]
        name = "hvT_nic1"
        mac = "02:48:56:aa:01:02"
        [[member]]
        name = "hvT_nic2"
        mac = "02:48:56:aa:01:01"
    """,
    )
    found = report("different-sources", team)
    assert [member["described_as"] for member in found["members"]] == ["hvT_nic2", "hvT_nic1"]
    assert kinds(found) == ["mac", "mac"]
    named = report("different-sources", team, captures=("a=hvT_nic1.pcap", "b=hvT_nic2.pcap"))
    assert [member["described_as"] for member in named["members"]] == ["hvT_nic2", "hvT_nic1"]


def test_a_member_that_the_description_has_out_is_no_contradiction_and_one_that_it_has_in_is() -> None:
    assert kinds(report("lacp-down", OVS / "ovs-lacp-down.txt")) == []
    assert kinds(report("lacp-down", OVS / "ovs-bond-show.txt")) == ["not_bundled"]


@pytest.mark.parametrize(
    ("folder", "mode", "contradicted"),
    [
        ("09b-flooded", "lbfo/lacp", ["no_lacpdus"]),  # 4.5 s, more than three fast intervals, with ARP
        ("09b-flooded", "lbfo/static", []),
        ("08-rebalance", "lbfo/lacp", []),  # 40 s, but TCP alone: captured with a filter, as far as one can tell
    ],
)
def test_lacp_by_the_description_and_none_on_the_wire(
    tmp_path: Path, folder: str, mode: str, contradicted: list[str]
) -> None:
    team = written(
        tmp_path, f'mode = "{mode}"\nlacp_timer = "fast"\n[[member]]\nname = "nic1"\n[[member]]\nname = "nic2"\n'
    )
    assert kinds(report(folder, team)) == contradicted


def test_too_short_a_capture_is_no_contradiction(tmp_path: Path) -> None:
    team = written(
        tmp_path, 'mode = "lbfo/lacp"\nlacp_timer = "slow"\n[[member]]\nname = "nic1"\n[[member]]\nname = "nic2"\n'
    )
    assert kinds(report("13c-no-lacpdu", team)) == []


@pytest.mark.parametrize(
    ("macs", "contradicted"),
    [
        (("02:48:56:aa:01:01", "02:48:56:aa:01:02"), []),
        (("02:48:56:aa:01:01", "00:1b:21:aa:bb:cc"), []),  # one card was exchanged
        (("00:1b:21:aa:bb:cb", "00:1b:21:aa:bb:cc"), ["macs_unseen"]),
    ],
)
def test_the_description_of_another_host(tmp_path: Path, macs: tuple[str, str], contradicted: list[str]) -> None:
    """Interfaces are called alike on many hosts; tshark shows from which addresses this one's LACPDUs come."""
    members = "".join(f'[[member]]\nname = "hvT_nic{n}"\nmac = "{mac}"\n' for n, mac in enumerate(macs, start=1))
    assert kinds(report("different-sources", written(tmp_path, f'mode = "balance-tcp"\n{members}'))) == contradicted


def test_every_member_of_balance_alb_sends(tmp_path: Path) -> None:
    """/proc/net/bonding names an active one, which receives what is not balanced; the others do not stand by."""
    team = tmp_path / "bond0"
    team.write_bytes((OVS / "bond-alb.txt").read_bytes().replace(b"em2", b"nic1").replace(b"em3", b"nic2"))
    assert "standby" not in kinds(report("07-flowlet", team))


@pytest.mark.parametrize(("timer", "contradicted"), [("slow", ["lacp_timer"]), ("fast", [])])
def test_lacp_timer(tmp_path: Path, timer: str, contradicted: list[str]) -> None:
    """Open vSwitch ran with lacp-time=fast: the recorded lacp/show says so."""
    team = written(tmp_path, f'mode = "balance-tcp"\nlacp_timer = "{timer}"\n[[member]]\nname = "hvT_nic1"\n')
    assert kinds(report("different-sources", team)) == contradicted


def test_a_standby_on_which_lacp_is_asked_for_in_vain_excuses_nothing(tmp_path: Path) -> None:
    """docs/team.md's example as it stands, with the members named in their order. The switch's second port speaks no LACP: see
    captures/MANIFEST.toml, lacp-down."""
    told = (ROOT / "docs" / "team.md").read_text(encoding="utf-8")
    example = re.search(r'```toml\n(name = "team1".*?)```', told, re.DOTALL)
    assert example is not None
    found = report("lacp-down", written(tmp_path, example[1].replace("NIC", "hvT_nic").replace('mac = "00', '# "00')))
    assert (found["verdict"], found["exit_code"]) == ("fail", 1)
    assert found["answer"]["sentence"].startswith("hvT_nic2 never joined the team")


def test_a_mode_that_is_not_in_force_excuses_nothing(tmp_path: Path) -> None:
    """captures/MANIFEST.toml, 03b: 12 hosts on one of two members that LACP has in the bundle, answered over both."""
    found = report("03b-twelve-hosts-one-member", written(tmp_path, 'mode = "linux/active-backup"\n'))
    assert (found["verdict"], found["claims"]["spread"]["p_value"] < 0.01) == ("fail", True)
    assert "as this teaming mode means it" not in found["answer"]["sentence"]


def test_data_on_a_member_that_stands_by(tmp_path: Path) -> None:
    team = written(
        tmp_path,
        """
        mode = "linux/active-backup"
        active = "hvT_nic1"
        [[member]]
        name = "hvT_nic1"
        [[member]]
        name = "hvT_nic2"
        standby = true
    """,
    )
    found = report("different-sources", team)
    assert kinds(found) == ["standby"]
    assert "FM308" in [one["code"] for one in found["findings"]]  # active-backup, with LACP and two members in use


def test_speeds_are_the_members_and_are_compared(tmp_path: Path) -> None:
    team = written(
        tmp_path, '[[member]]\nname = "hvT_nic1"\nspeed = "10G"\n[[member]]\nname = "hvT_nic2"\nspeed = "1M"\n'
    )
    found = report("different-sources", team)
    assert [member["speed_bps"] for member in found["members"]] == [10**10, 10**6]
    assert kinds(found) == ["speed"]  # hvT_nic2 carried 12 MB in two seconds


@pytest.mark.parametrize(
    ("line", "undermines", "verdict"),
    [("", True, "inconclusive"), ("standby = true", False, "pass")],
)
def test_a_member_without_a_capture_undermines_where_it_may_carry(
    tmp_path: Path, line: str, undermines: bool, verdict: str
) -> None:
    third = f'[[member]]\nname = "hvT_nic3"\n{line}\n'
    team = written(
        tmp_path, f'mode = "balance-tcp"\n[[member]]\nname = "hvT_nic1"\n[[member]]\nname = "hvT_nic2"\n{third}'
    )
    found = report("different-sources", team)
    assert codes(found) == {"member_uncaptured": undermines}
    assert found["verdict"] == verdict


def test_captures_of_other_interfaces(tmp_path: Path) -> None:
    team = written(tmp_path, 'mode = "lacp"\n[[member]]\nname = "hvT_nic1"\n')
    assert codes(report("different-sources", team)) == {"member_undescribed": False}
    team = written(tmp_path, 'mode = "lacp"\n[[member]]\nname = "p1p1"\n')
    assert codes(report("different-sources", team)) == {"team_unmatched": False}


def test_the_teamed_host_by_the_description(tmp_path: Path) -> None:
    """Its MAC in 07 is 00:15:5d:42:00:64 on nic1, and nic2's own there."""
    team = written(tmp_path, 'mac = "00:15:5d:42:00:64"\nmode = "switch-independent"\n')
    found = report("07-flowlet", team, captures=("nic1=nic1.pcapng", "nic2=nic2.pcapng"))
    assert (found["team"]["host"], found["team"]["host_source"]) == ("10.66.0.100", "description")


def test_bad_input_is_2_and_names_file_and_what_was_expected(tmp_path: Path) -> None:
    path = tmp_path / "bonding.conf"
    path.write_text("alias bond0 bonding\n", encoding="utf-8")
    command = [sys.executable, "-m", "flowmap", "analyze", str(CAPTURES / "lacp-down"), "--team", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"LC_ALL": "C", "PATH": ""})
    assert done.returncode == 2
    assert f"--team {path}: is no team description" in done.stderr
    assert "/proc/net/bonding" in done.stderr


def test_several_bonds_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    with pytest.raises(flowmap.ConfigError, match="give that alone"):
        report("13a-bundle-proven", OVS / "ovs-bond-show.txt")


def test_no_name_of_the_description_is_in_an_anonymized_report(tmp_path: Path) -> None:
    team = written(tmp_path, 'name = "secretteam"\nmode = "lacp"\n[[member]]\nname = "secretnic"\n')
    key = tmp_path / "key"
    key.write_text(bytes(range(7, 39)).hex(), encoding="utf-8")
    key.chmod(0o600)
    out = tmp_path / "report.json"
    command = [sys.executable, "-m", "flowmap", "analyze", str(CAPTURES / "lacp-down"), "--team", str(team)]
    warm.run([*command, "--anonymize", str(key), "--json", str(out), "-q"], check=False, capture_output=True)
    text = out.read_text(encoding="utf-8")
    assert "secret" not in text
    assert str(tmp_path) not in text
