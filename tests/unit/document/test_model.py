"""The document: closed, complete, and as its schema says."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from factories import T0, make_finding, make_member, make_report, make_stream, moved_stream
from pydantic import ValidationError

from flowmap.document.base import encodable
from flowmap.document.model import NoticeRow, Report, ReportSettings, json_schema
from flowmap.notice import Notice
from flowmap.report.formats.json_ import json_text
from flowmap.settings.config import Settings, Thresholds

TOP = [
    "schema",
    "tool",
    "generated_at",
    "settings",
    "verdict",
    "exit_code",
    "answer",
    "to_know_more",
    "claims",
    "totals",
    "team",
    "clock",
    "epochs",
    "members",
    "streams",
    "migrations",
    "hosts",
    "balance",
    "policy",
    "findings",
    "notices",
    "accepted",
]


def validate(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json_text(report))
    jsonschema.validate(document, json_schema(), cls=jsonschema.Draft202012Validator)
    return document


def test_the_schema_is_a_schema_and_a_realistic_report_fulfils_it() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    document = validate(make_report())
    assert list(document) == TOP
    assert document["schema"] == "flowmap.report/2"


def test_an_empty_report_is_complete_too() -> None:
    report = make_report(epochs=[], members=[], streams=[], migrations=[], hosts=[], findings=[], notices=[])
    assert list(validate(report)) == TOP


def test_what_is_unknown_is_null_and_never_absent() -> None:
    document = validate(make_report(streams=[make_stream(1), moved_stream(2)]))
    direction = document["streams"][0]["directions"][0]
    unknown = {
        "cause",
        "expected",
        "reason",
        "retransmitted",
        "reordered",
        "duplicates",
        "peak_bps",
        "outer",
        "wire_packets",
        "src_mac",
        "dst_mac",
    }
    assert {name for name, value in direction.items() if value is None} == unknown
    move = document["streams"][1]["directions"][0]["moves"][0]
    assert list(move) == ["ts_ns", "from", "to", "gap_ns", "cause"]
    assert document["members"][0]["neighbor"] is None


def test_every_property_is_required_and_no_other_allowed() -> None:
    schema = json_schema()
    for part in [schema, *schema["$defs"].values()]:
        if "properties" in part:
            assert set(part["required"]) == set(part["properties"]), part["title"]
            assert part["additionalProperties"] is False


def test_numbers_are_numbers_even_where_javascript_would_round_them() -> None:
    document = validate(make_report())
    assert document["epochs"][0]["start_ns"] == T0 > 2**53
    assert document["streams"][0]["client"]["port"] == 53001
    assert "JavaScript" in json_schema()["description"]


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "maybe"},
        {"answer": None},
        {"surprise": 1},
        {"findings": [{"code": "FM999"}]},
    ],
)
def test_what_is_not_in_the_contract_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_report(**change)


@pytest.mark.parametrize("code", ["FM001", "FM1", "FM600", "capture_drops"])
def test_finding_codes_have_one_form(code: str) -> None:
    with pytest.raises(ValidationError):
        make_finding(code=code)


def test_times_fit_64_bits() -> None:
    make_member(first_ns=-(2**63), last_ns=2**63 - 1)
    with pytest.raises(ValidationError):
        make_member(last_ns=2**63)


def test_numpy_integers_become_plain_ones() -> None:
    import numpy as np

    member = make_member(packets=np.uint64(3), first_ns=np.int64(T0), classes={"tcp": np.uint64(2**60 + 1)})
    assert (type(member.packets), member.packets, member.first_ns) == (int, 3, T0)
    assert member.classes == {"tcp": 2**60 + 1}
    finding = make_finding(evidence={"times": [np.int64(T0), np.float64(0.5)], "at": {"ns": np.int64(T0)}})
    assert finding.evidence == {"times": [T0, 0.5], "at": {"ns": T0}}


def test_a_file_name_of_any_bytes_can_be_written() -> None:
    name = b"nic\xff\xfe.pcap".decode("utf-8", "surrogateescape")
    notice = NoticeRow(code="not_a_capture", severity="info", path=name, detail=f"{name} is none")
    report = make_report(notices=[notice], members=[make_member(name)])
    assert validate(report)["notices"][0]["path"] == r"nic\xff\xfe.pcap"


def test_a_notice_becomes_a_row_with_all_it_says() -> None:
    notice = Notice("time_backwards", "3 packets", member="a", path="p", first_offset=7, packet_number=2, count=3)
    row = NoticeRow.of(notice)
    assert row.model_dump() == {**vars(notice)}


def test_text_that_is_no_text_is_left_for_the_type_to_refuse() -> None:
    assert encodable(3) == 3
    assert encodable("\ud800x") == r"\ud800x"
    assert encodable("π") == "π"


def test_the_same_report_gives_the_same_bytes() -> None:
    assert json_text(make_report()) == json_text(make_report())
    assert json_text(make_report()).endswith("}\n")


def test_settings_shown_are_all_that_decide_and_none_that_do_not() -> None:
    settings = Settings(top=3, jobs=2, migration_ports=((1, 2),), thresholds=Thresholds(spread_alpha=0.05))
    shown = ReportSettings.of(settings)
    assert (shown.top, shown.migration_ports, shown.thresholds["spread_alpha"]) == (3, [[1, 2]], 0.05)
    assert set(shown.thresholds) == set(Thresholds.model_fields)
    assert set(Settings.model_fields) - set(ReportSettings.model_fields) == {"jobs", "decoder", "lang", "accept"}
