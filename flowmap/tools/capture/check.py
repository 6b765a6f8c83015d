"""What has to be so before anything is recorded: programs, rights, room on the disk, an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from flowmap.document.quantities import amount
from flowmap.errors import ConfigError, ReportError
from flowmap.message import msg
from flowmap.tools.capture.plan import Plan
from flowmap.tools.capture.programs import where

__all__ = ["check_disk", "check_folder", "check_rights", "complaint_of", "find_program"]

_RESERVE = 200_000_000
"""Bytes that a host needs for its own logs."""
_PATIENCE_S = 10


def find_program() -> str:
    """Return the program that records. Raises ConfigError where there is none."""
    for program in ("dumpcap", "tcpdump"):
        if found := where(program):
            return found
    raise ConfigError(
        msg(
            "neither dumpcap nor tcpdump is installed: install the package wireshark-common (or wireshark-cli), or tcpdump"
        )
    )


def check_rights(program: str, members: Sequence[str]) -> None:
    """Raise ConfigError where the program may not open a member, with its own words."""
    for member in members:
        try:
            done = subprocess.run(
                [program, "-i", member, "-L"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ConfigError(msg("{program}: cannot be run: {reason}", program=program, reason=error)) from error
        if done.returncode:
            reason = complaint_of(program, done.stderr or done.stdout)
            raise ConfigError(
                msg(
                    "{member}: cannot be captured: {reason} Recording needs root (sudo), or the right to capture "
                    "for {program}.",
                    member=member,
                    reason=reason,
                    program=os.path.basename(program),
                )
            )


def complaint_of(program: str, text: bytes) -> str:
    """Return what a recorder complains of: its last line that begins with its name, as both programs' errors do."""
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    name = f"{os.path.basename(program)}: "
    own = [line.removeprefix(name) for line in lines if line.startswith(name)]
    return (own or lines or [msg("it does not say why.")])[-1]


def check_folder(folder: str) -> None:
    """Raise ConfigError where the folder holds something: two captures in one folder are no team's."""
    try:
        held = os.listdir(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(msg("{path}: cannot be read: {reason}", path=folder, reason=error.strerror)) from error
    if held:
        raise ConfigError(msg("{path}: is not empty; name a new folder for each capture", path=folder))


def check_disk(plan: Plan) -> None:
    """Raise ReportError where the ring would fill the disk."""
    free = shutil.disk_usage(plan.folder).free
    if free < plan.ring + _RESERVE:
        raise ReportError(
            msg(
                "{path}: {free} are free, and the files may take {ring}; use another disk, or a smaller --ring",
                path=plan.folder,
                free=amount(free),
                ring=amount(plan.ring),
            )
        )
