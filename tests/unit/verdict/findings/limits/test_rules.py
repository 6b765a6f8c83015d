"""FM4xx: which rules tell limits of a transfer, and which what counters show beside it."""

from __future__ import annotations

from flowmap.verdict.findings.registered import RULES


def test_limits_blame_no_team() -> None:
    limits = {rule.code for rule in RULES.values() if rule.is_limit}
    assert limits == {"FM402", "FM403", "FM404", "FM405", "FM406", "FM407", "FM408"}
