"""Texts without their addresses and names, in every form in which flowmap or tshark writes them."""

from __future__ import annotations

import pytest
from privacy_reference import V4, V6, hide_with

from flowmap.message import Message, msg, translate
from flowmap.privacy.anonymizer import COMMANDS, OPTIONS, Anonymizer


@pytest.fixture
def hide() -> Anonymizer:
    return hide_with()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{V4[0]}", f"{V4[1]}"),
        (f"see {V4[0]}, {V4[0]}. ({V4[0]}:6600)", f"see {V4[1]}, {V4[1]}. ({V4[1]}:6600)"),
        (f"{V4[0]}:1 -> [{V6[0]}]:2", f"{V4[1]}:1 -> [{V6[1]}]:2"),
        ("at 2001:DB8:0:0:0:0:0:1: no", f"at {V6[1]}: no"),
        (f"{V6[0]}/64 and {V6[0]}%eth9", f"{V6[1]}/64 and {V6[1]}%eth9"),
        ("2001:db8:0:0:0:0:0:1:443", f"{V6[1]}:443"),
        ("at 12:34:56.789 on eth:12:0, version 4.0.17", "at 12:34:56.789 on eth:12:0, version 4.0.17"),
        ("ff:ff:ff:ff:ff:ff 01-80-C2-00-00-02 ::1 ::", "ff:ff:ff:ff:ff:ff 01:80:c2:00:00:02 ::1 ::"),
        ("999.1.1.1 is none", "999.1.1.1 is none"),
    ],
)
def test_addresses_are_found_by_their_form(hide: Anonymizer, text: str, shown: str) -> None:
    assert hide.text(text) == shown


@pytest.mark.parametrize("form", ["00:1b:21:aa:bb:cc", "00-1B-21-AA-BB-CC", "001b.21aa.bbcc"])
@pytest.mark.parametrize("around", ["{}", "mac {}: gone", "({})", "{}.", "{},{}", "{}:0800"])
def test_a_mac_is_the_same_mac_in_every_form(hide: Anonymizer, form: str, around: str) -> None:
    mac = hide.text("00:1b:21:aa:bb:cc")
    assert mac not in ("00:1b:21:aa:bb:cc", "")
    if around != "{}:0800" or form[2] == ":":
        assert hide.text(around.format(form, form)) == around.format(mac, mac)


def test_names_are_whole_words_longest_first_in_any_case(hide: Anonymizer) -> None:
    for name in ("acme", "acme-nic", "10.9.8.7-left", "[x", "7"):
        hide.names.add("member", name)
    assert hide.text("Acme acme-nic acmes 10.9.8.7-left [x 7") == "nic1 nic2 acmes nic3 nic4 7"
    assert hide.text("7") == "nic5"


@pytest.mark.parametrize("name", ["flowmap", "analyze", "local", "team", "tshark"])
def test_a_folder_called_like_a_part_of_a_command_leaves_commands_whole(hide: Anonymizer, name: str) -> None:
    hide.names.add_path(f"/srv/{name}/secret.pcap")
    for command in ("flowmap analyze", "`flowmap analyze", "flowmap analyze --local 'x' --team", "tshark -r x"):
        assert hide.text(command) == command
    assert hide.text(f"flowmap analyze {name}/secret.pcap --team /srv/{name}/secret.pcap") == (
        "flowmap analyze folder-1/capture-1.pcap --team capture-1.pcap"
    )
    assert hide.text(f"in {name}, {name}-x and ./{name}") == "in folder-1, folder-1-x and ./folder-1"


def test_all_commands_and_options_of_analyze_are_known_as_such() -> None:
    import typer.main

    from flowmap.cli.app import app

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert sorted(commands) == sorted(COMMANDS)
    options = [
        name for parameter in commands["analyze"].params for name in (*parameter.opts, *parameter.secondary_opts)
    ]
    assert sorted(name[2:] for name in options if name.startswith("--")) == sorted(OPTIONS)


def test_a_path_and_its_parts_are_one_capture(hide: Anonymizer) -> None:
    hide.names.add_path("/srv/acme corp/left's.pcap.gz")
    text = (
        "/srv/acme corp/left's.pcap.gz left's.pcap.gz '/srv/acme corp/left'\"'\"'s.pcap.gz' /srv/acme corp/right.pcap"
    )
    assert hide.text(text) == "capture-1.pcap.gz capture-1.pcap.gz capture-1.pcap.gz folder-1/right.pcap"


@pytest.mark.parametrize("name", ["nic\x1b[2J", "nic\udcff", "a\\b\\nic", "nic\u202e", "n\u00efc"])
def test_names_are_found_as_they_are_escaped(hide: Anonymizer, name: str) -> None:
    hide.names.add("member", name)
    for shown in (name, repr(name), ascii(name), name.encode("utf-8", "backslashreplace").decode()):
        assert "nic1" in hide.text(f"on {shown} there") or shown == name


def test_a_message_keeps_its_template_and_can_still_be_translated(hide: Anonymizer) -> None:
    hide.names.add("member", "member")
    told = hide.text(msg("the member {member} met {address}", member="member", address=V4[0]))
    assert isinstance(told, Message)
    assert told == translate(told, "de") == f"the member nic1 met {V4[1]}"
    assert told.template == "the member {member} met {address}"


def test_values_within_values_are_mapped_and_numbers_are_not(hide: Anonymizer) -> None:
    hide.names.add("member", "left")
    assert hide.value({"left": [1, ("left", None)], "n": {V4[0]: 2.5}}) == {
        "nic1": [1, ("nic1", None)],
        "n": {V4[1]: 2.5},
    }


def test_a_text_that_was_mapped_never_holds_a_template(hide: Anonymizer) -> None:
    hide.names.add("member", "{0.__class__}")
    assert hide.text("on {0.__class__}, {x}") == "on nic1, {x}"
