"""What is told of a value that is refused: the key, the value, what is allowed and the nearest word, in both languages."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from flowmap.errors import ConfigError
from flowmap.message import Message, translate
from flowmap.settings.config import load_settings
from flowmap.settings.layers import table_layer


def complaint(text: str) -> Message:
    with pytest.raises(ConfigError) as raised:
        load_settings([table_layer(tomllib.loads(text), "here.toml")])
    return raised.value.message


ACCEPT = "[[accept]]\ncode = 'FM202'\nreason = 'known'\n"


@pytest.mark.parametrize(
    ("text", "english", "german"),
    [
        (
            "jobs = true",
            "jobs = true cannot be used: it must be a whole number, at least 1",
            "eine ganze Zahl, mindestens 1",
        ),
        ("jobs = 0", "jobs = 0 cannot be used: it must be a whole number, at least 1", "eine ganze Zahl, mindestens 1"),
        ("jobs = 1.5", "jobs = 1.5 cannot be used: it must be a whole number", "jobs = 1.5 ist nicht erlaubt"),
        ("top = [1]", "top = [1] cannot be used", "top = [1] ist nicht erlaubt"),
        ("strict = 'perhaps'", "it must be true or false", "erlaubt ist true oder false"),
        ("mode = 3", "it must be a text in quotes", "ein Text in Anführungszeichen"),
        (
            "streams = 'al'",
            "'migration', 'bulk' or 'all'; did you mean 'all'?",
            "'bulk' oder 'all'; ist 'all' gemeint?",
        ),
        ("lang = 'fr'", "it must be 'en' or 'de'", "erlaubt ist 'en' oder 'de'"),
        ("[thresholds]\nspread_alpha = nan", "more than 0 and less than 1", "größer als 0 und kleiner als 1"),
        ("[thresholds]\nspread_alpha = true", "thresholds.spread_alpha = true cannot be used", "größer als 0"),
        ("[thresholds]\nlimit_full = 2", "more than 0 and at most 1", "größer als 0 und höchstens 1"),
        (
            "[[accept]]\ncode = 'FM999'\nreason = 'x'",
            "table 1: code = 'FM999' cannot be used",
            "der Code eines Befunds",
        ),
        ("[[accept]]\ncode = 'FM202'", "table 1: reason is missing", "Tabelle 1: reason fehlt"),
        (ACCEPT + "until = 'soon'", "until = 'soon' cannot be used: it must be a date", "ein Datum"),
        (ACCEPT + "subject = 'x'", "subject = 'x' cannot be used: it must be a table", "eine Tabelle"),
        (ACCEPT + "evidence = '[]'", "evidence = '[]' cannot be used: it must be a JSON object", "ein JSON-Objekt"),
        (ACCEPT + "reasons = 'x'", "'reasons': there is no such setting: did you mean reason?", "ist reason gemeint?"),
    ],
)
def test_a_refused_value_is_told_in_plain_words(text: str, english: str, german: str) -> None:
    told = complaint(text)
    assert told.startswith("here.toml: ")
    assert english in told
    assert german in translate(told, "de")
    assert "cannot" not in translate(told, "de")


@pytest.mark.parametrize("value", ["x", -1, 2.5, float("inf"), True, None, [], {}])
@pytest.mark.parametrize("key", ["jobs", "top", "streams", "decoder", "lang", "spray_median_run", "spread_alpha"])
def test_no_wording_of_the_library_is_left(key: str, value: Any) -> None:
    table = {"thresholds": {key: value}} if key.startswith("spr") else {key: value}
    try:
        load_settings([table_layer(table, "here.toml")])
    except ConfigError as error:
        assert f"{key} = " in str(error)  # noqa: PT017
        assert "nput" not in str(error)  # noqa: PT017
        assert "valid" not in str(error)  # noqa: PT017
    else:
        assert value is None or (key, value) == ("jobs", 1)
