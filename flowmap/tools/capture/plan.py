"""What is to be recorded and how: the commands, in the words of dumpcap or tcpdump.

One dumpcap for all members is best: one clock, one file with an interface each, drops counted by interface. tcpdump takes a
process and a file for each member. Both keep 128 bytes of a packet, which hold the headers of a tunnelled TCP segment with
its options, and write a ring of limited size: a capture that fills the disk of a host costs more than what it would tell.
"""

from __future__ import annotations

from flowmap.dataclass import dataclass

__all__ = ["Plan", "commands"]

_FILES = 16
_BUFFER_MIB = 64
"""Of the kernel for each member: at 10 Gbit/s half a second of full frames cut to 128 bytes."""
_QUEUE_BYTES = 64 << 20
"""Between dumpcap's threads, one of which reads each member. Its own limits, 1000 packets and 1 MB, lose bursts that the
kernel's buffer holds: of 6,600 packets of a member 941 were lost on a loaded machine, most of them within 0.4 s, and with
this none."""


@dataclass(frozen=True)
class Plan:
    """`ring`: bytes of all files together; `seconds`: None until it is interrupted. `program`: dumpcap or tcpdump, its path."""

    members: tuple[str, ...]
    folder: str
    program: str
    snaplen: int
    ring: int
    seconds: float | None

    @property
    def is_dumpcap(self) -> bool:
        """Whether one process records all members into files with an interface each."""
        return "tcpdump" not in self.program.rpartition("/")[2]


def commands(plan: Plan) -> list[list[str]]:
    """Return the commands that record, to be run at the same time."""
    return [_dumpcap(plan)] if plan.is_dumpcap else [_tcpdump(plan, member) for member in plan.members]


def _dumpcap(plan: Plan) -> list[str]:
    command = [plan.program, "-q", "-n", "-C", str(_QUEUE_BYTES)]
    for member in plan.members:
        command += ["-i", member, "-s", str(plan.snaplen), "-B", str(_BUFFER_MIB)]
    command += ["-b", f"filesize:{max(1, plan.ring // _FILES // 1000)}", "-b", f"files:{_FILES}"]
    if plan.seconds is not None:
        command += ["-a", f"duration:{plan.seconds:g}"]
    return [*command, "-w", f"{plan.folder}/team.pcapng"]


def _tcpdump(plan: Plan, member: str) -> list[str]:
    """Build the command of one member. -Z root: else the files belong to a user who may not write there, and rotation fails."""
    size = max(1, plan.ring // _FILES // len(plan.members) // 1_000_000)
    return [
        plan.program,
        "-n",
        "-i",
        member,
        "-s",
        str(plan.snaplen),
        "-B",
        str(_BUFFER_MIB << 10),
        "-Z",
        "root",
        "-C",
        str(size),
        "-W",
        str(_FILES),
        "-w",
        f"{plan.folder}/{member}.pcap",
    ]
