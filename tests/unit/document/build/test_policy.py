"""Keys and policies as rows: keys first, each by its own name."""

from __future__ import annotations

from flowmap.document.build.policy import policy_rows
from flowmap.message import msg
from flowmap.verdict.mode.policy import Fit, Placements


def test_keys_come_before_policies_in_each_direction() -> None:
    key = Fit("ip", "refuted", 3, {"at_once": True})
    policy = Fit("layer3+4", "fits", 5, p=0.25, variants=("4.15", "5.18"), detail=msg("so it is"))
    rows = policy_rows(Placements((), [key], [policy]), Placements((), [], [policy]))
    assert [(row.key, row.policy, row.verdict, row.groups) for row in rows.tx] == [
        ("ip", None, "refuted", 3),
        (None, "layer3+4", "fits", 5),
    ]
    assert rows.tx[0].refuted_by == {"at_once": True}
    assert rows.tx[0].variants is None
    assert [(row.policy, row.p, row.variants, row.detail) for row in rows.rx] == [
        ("layer3+4", 0.25, ["4.15", "5.18"], "so it is")
    ]
