"""The webhook against real servers on loopback: tried again, never waited for long, never named."""

from __future__ import annotations

import json

import pytest
from web_server import serving

from flowmap.batch.output.webhook import post


@pytest.mark.parametrize(
    ("codes", "asked", "reason"),
    [
        ([204], 1, None),
        ([503, 429, 200], 3, None),
        ([500], 3, "HTTP 500"),
        ([404], 1, "HTTP 404"),
        ([302], 1, "HTTP 302"),
        ([None], 3, "timed out"),
    ],
)
def test_what_servers_answer(codes: list[int | None], asked: int, reason: str | None) -> None:
    with serving(codes) as server:
        failure = post(server.url, {"team": "Zürich", "broken": "\udce9"}, timeout_s=0.3, pause_s=0.01)
    assert len(server.bodies) == asked
    kind, body = server.bodies[-1]
    assert (kind, json.loads(body)["team"]) == ("application/json", "Zürich")
    if reason is None:
        assert failure is None
    else:
        assert str(failure) == f"the webhook could not be reached: {reason}"


@pytest.mark.parametrize(
    "url",
    [
        "http://user:SECRET@127.0.0.1:1/",
        "http://127.0.0.1:SECRET/",
        "http://127.0.0.1:1/SECRET path",
        "http://[SECRET/",
    ],
)
def test_an_address_that_cannot_be_is_not_told(url: str) -> None:
    failure = post(url, {}, timeout_s=1, pause_s=0)
    assert str(failure).startswith("the webhook could not be reached: ")
    assert "SECRET" not in str(failure)
