"""Evenness of real runs, idle members included: the lab's byte counts (verdicts.json) with statistics and fractions."""

from __future__ import annotations

import json
from fractions import Fraction
from math import isclose, log
from pathlib import Path
from statistics import fmean, pstdev

import pytest

import flowmap

LAB = Path(__file__).resolve().parents[3] / "shared" / "lab"
MEMBERS = ("hvT_nic1", "hvT_nic2")


@pytest.mark.skipif(not LAB.is_dir(), reason="the real captures are not there")
@pytest.mark.parametrize("name", ["different-sources", "port-6600", "lacp-down"])
def test_evenness_of_the_lab(name: str) -> None:
    truth = json.loads((LAB / "verdicts.json").read_text(encoding="utf-8"))[name]
    report = flowmap.analyze([LAB / truth["folder"] / f"{member}.pcap" for member in MEMBERS]).report
    for side in ("tx", "rx"):
        own = [counts for flow, counts in truth["counts"].items() if flow.startswith("10.77.0.100:") == (side == "tx")]
        loads = [sum(counts[member][1] for counts in own if member in counts) for member in MEMBERS]
        flows = [sum(member in counts for counts in own) for member in MEMBERS]
        found = getattr(report.balance, side)
        assert found.jain == pytest.approx(float(Fraction(sum(loads) ** 2, len(loads) * sum(x * x for x in loads))))
        assert found.max_over_mean == pytest.approx(max(loads) / fmean(loads))
        assert found.cov == pytest.approx(pstdev(loads) / fmean(loads))
        shares = [Fraction(x, sum(loads)) for x in loads if x]
        assert isclose(found.entropy, sum(float(p) * log(1 / p, len(loads)) for p in shares), abs_tol=1e-12)
        ideal = Fraction(sum(flows), len(flows))
        assert found.fim == pytest.approx(float(100 * sum(abs(f - ideal) / ideal for f in flows) / len(flows)))
    spread, least = report.claims.spread, truth.get("spread_numbers", {})
    assert spread.least_units == (8 if spread.p_value is not None else None)  # 2^(1-8) is the first below 0.01
    assert set(least) <= set(spread.model_dump())
