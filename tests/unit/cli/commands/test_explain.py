"""`flowmap explain`: words of the report come before modes of that name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def test_the_command(run: Callable[..., Any]) -> None:
    result = run("explain", "balance-xor/layer2+3", "--json", "-")
    (row,) = json.loads(result.out)["modes"]
    assert (row["tx"], row["rx"], row["policy"], row["unverified"]) == ("ip", "switch", "layer2+3", None)
    assert run("explain", "failover").out.startswith("failover: Moved")  # words of the report come first
    assert "lagg/failover: FreeBSD lagg" in run("explain", "lagg/failover").out
    assert "linux/balance-alb" in run("explain").out
    result = run("explain", "balance-xxr")
    assert result.code == 2
    assert "balance-xor" in result.err
