"""The installed command on every sample capture gives what the manifest says (captures/README.md explains the keys)."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import warm

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
SCENARIOS: dict[str, dict[str, Any]] = {
    scenario["id"]: scenario
    for scenario in tomllib.loads((CAPTURES / "MANIFEST.toml").read_text(encoding="utf-8"))["scenario"]
}

Report = dict[str, Any]


@cache
def _run(name: str) -> tuple[int, Report | None, str]:
    """Exit code, report (None where none was written) and standard error."""
    scenario = SCENARIOS[name]
    with TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        command = [sys.executable, "-m", "flowmap", "analyze", *scenario["arguments"], "--json", str(out), "-q"]
        done = warm.run(
            command,
            cwd=CAPTURES / scenario["folder"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        report = json.loads(out.read_text(encoding="utf-8")) if out.exists() else None
    return done.returncode, report, done.stderr


def _differs(what: str, want: object, got: object) -> Iterator[str]:
    if want != got:
        yield f"{what}: want {want!r}, got {got!r}"


def _judged(report: Report) -> Iterator[dict[str, Any]]:
    for stream in report["streams"]:
        if stream["kind"] != "other" and stream["confidence"] in ("high", "medium"):
            yield from (d for d in stream["directions"] if d["placement"] != "absent")


def _flow(direction: dict[str, Any]) -> str:
    src, dst = direction["src"], direction["dst"]
    return f"{src['ip']}:{src['port']}>{dst['ip']}:{dst['port']}"


def _numbers(claim: str, want: dict[str, Any], got: dict[str, Any]) -> Iterator[str]:
    for key, value in want.items():
        found = got.get(key)
        if key == "counts":
            found = {member: (found or {}).get(member, 0) for member in {*value, *(found or {})}}
        if isinstance(value, float) and isinstance(found, (int, float)) and abs(found - value) <= 1e-9:
            continue
        yield from _differs(f"{claim}.{key}", value, found)


def _row_differs(row: dict[str, Any], direction: dict[str, Any]) -> Iterator[str]:
    for key in ("direction", "placement", "cause"):
        if key in row:
            yield from _differs(f"{row['flow']} {key}", row[key], direction[key])
    carried = {m["name"]: [m["packets"], m["wire_bytes"], m["payload_bytes"]] for m in direction["members"]}
    if "sizes" in row:
        yield from _differs(f"{row['flow']} sizes", row["sizes"], sorted(carried.values()))
        return
    yield from _differs(f"{row['flow']} members", sorted(row["members"]), sorted(carried))
    for member in row["members"].keys() & carried.keys():
        numbers = row["members"][member]
        yield from _differs(f"{row['flow']} on {member}", numbers, carried[member][: len(numbers)])


def _directions(rows: list[dict[str, Any]], report: Report) -> Iterator[str]:
    """Each row needs a direction of its own: a 5-tuple may be there twice, the one that fits best is taken."""
    left = list(_judged(report))
    for row in rows:
        candidates = sorted((d for d in left if _flow(d) == row["flow"]), key=lambda d: len(list(_row_differs(row, d))))
        if not candidates:
            yield f"{row['flow']}: not among the judged stream-directions"
            continue
        left.remove(candidates[0])
        yield from _row_differs(row, candidates[0])
    yield from (f"{_flow(d)}: judged ({d['placement']}), but the manifest does not have it" for d in left)


def _lacp(want: dict[str, dict[str, Any]], members: dict[str, dict[str, Any]]) -> Iterator[str]:
    for name, fields in want.items():
        lacp = members.get(name, {}).get("lacp") or {}
        for key, value in fields.items():
            yield from _differs(f"{name} lacp.{key}", None if value == "unknown" else value, lacp.get(key))


def _clock(want: dict[str, Any], report: Report) -> Iterator[str]:
    """The offset may be stated for either member, so its sign may be either."""
    offsets = [offset["offset_ns"] for offset in report["clock"]["offsets"]]
    if not any(abs(abs(got) - abs(want["offset_ns"])) <= want["within_ns"] for got in offsets):
        yield f"clock: want an offset of {want['offset_ns']} +- {want['within_ns']} ns, got {offsets}"


def _streams(want: dict[str, Any], report: Report) -> Iterator[str]:
    if "kinds" in want:
        strange = sorted({stream["kind"] for stream in report["streams"]} - set(want["kinds"]))
        yield from _differs("kinds other than " + "/".join(want["kinds"]), [], strange)
    if "migrations" in want:
        got = sorted(len(migration["streams"]) for migration in report["migrations"])
        yield from _differs("streams of each migration", want["migrations"], got)
    for flow, bounds in want.get("reordered", {}).items():
        found = [d["reordered"] for d in _judged(report) if _flow(d) == flow]
        fits = [
            count is None if not bounds else count is not None and bounds[0] <= count <= bounds[1] for count in found
        ]
        if fits != [True]:
            yield f"{flow} reordered: want {bounds or None}, got {found}"


def _members(want: dict[str, Any], report: Report) -> Iterator[str]:
    members = {member["name"]: member for member in report["members"] if not member.get("aggregate")}
    if "usable" in want:
        yield from _differs(
            "usable members", sorted(want["usable"]), sorted(n for n, m in members.items() if m["usable"])
        )
    if "member_count" in want:
        yield from _differs("number of members", want["member_count"], len(members))
    if "truncated" in want:
        cut = sorted(name for name, m in members.items() if any(capture["truncated"] for capture in m["captures"]))
        yield from _differs("members with a truncated capture", want["truncated"], cut)
    yield from _lacp(want.get("lacp", {}), members)


def faults(want: dict[str, Any], code: int, report: Report) -> Iterator[str]:
    """Everything in which a report differs from what the manifest expects, one sentence each."""
    claims = report["claims"]
    yield from _differs("exit code", want["exit"], code)
    yield from _differs("exit_code of the report", code, report["exit_code"])
    yield from _differs("verdict", want["verdict"], report["verdict"])
    for claim in ("pinned", "spread"):
        if claims[claim]["verdict"] != want[claim]:
            yield f"{claim}: want {want[claim]}, got {claims[claim]['verdict']} ({claims[claim]['reason']})"
        yield from _numbers(claim, want.get(f"{claim}_numbers", {}), claims[claim])
    if "directions" in want:
        yield from _directions(want["directions"], report)
    yield from _streams(want, report)
    yield from _members(want, report)
    if "epochs" in want:
        yield from _differs("epochs", want["epochs"], len(report["epochs"]))
    if "clock" in want:
        yield from _clock(want["clock"], report)
    there = Counter(notice["code"] for notice in report["notices"])
    yield from (
        f"notice {code} is missing; there are {sorted(there)}" for code in want.get("notices", []) if not there[code]
    )


def _fits(report: Report, side: str) -> dict[str, set[str]]:
    """Verdicts by name of a policy or key; a policy may be listed once per variant."""
    out: dict[str, set[str]] = {}
    for fit in report["policy"][side]:
        name = fit.get("policy") or fit.get("key")
        out.setdefault(name, set()).add(fit["verdict"])
    return out


def policy_faults(want: dict[str, Any], report: Report) -> Iterator[str]:
    """A policy fits if one of its variants does, and is refuted if all are."""
    for side, names in want.get("policy_not_refuted", {}).items():
        for name, verdicts in _fits(report, side).items():
            if name in names and verdicts == {"refuted"}:
                yield f"{side} {name}: refuted, though nothing in the capture can"
    for side, policies in want.get("policy", {}).items():
        found = _fits(report, side)
        for name, verdict in policies.items():
            got = found.get(name, set())
            if verdict not in got or (verdict != "fits" and got != {verdict}):
                yield f"{side} {name}: want {verdict}, got {sorted(got) or 'nothing'}"


def _report(name: str) -> tuple[int, Report]:
    code, report, errors = _run(name)
    assert "Traceback" not in errors, errors
    assert report is not None, f"no report, exit {code}: {errors.strip()}"
    return code, report


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_gives_what_its_manifest_says(name: str) -> None:
    code, report = _report(name)
    scenario = SCENARIOS[name]
    found = list(faults(scenario["expect"], code, report))
    if found:
        pytest.fail("\n  ".join([f"{scenario['title']}. {scenario['why']}", *found]), pytrace=False)


@pytest.mark.parametrize(
    "name", [n for n, s in SCENARIOS.items() if s["expect"].keys() & {"policy", "policy_not_refuted"}]
)
def test_scenario_refutes_and_supports_the_right_policies(name: str) -> None:
    _, report = _report(name)
    if not any(report["policy"].values()):
        pytest.skip("the report tests no policy")
    found = list(policy_faults(SCENARIOS[name]["expect"], report))
    if found:
        pytest.fail("\n  ".join([SCENARIOS[name]["why"], *found]), pytrace=False)
