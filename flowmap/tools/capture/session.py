"""One capture from begin to end: order, and only order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from flowmap.dataclass import dataclass
from flowmap.errors import ReportError
from flowmap.tools.capture.find import Found
from flowmap.tools.capture.manifest import Manifest, begun, write_manifest
from flowmap.tools.capture.plan import Plan, commands
from flowmap.tools.capture.programs import Run
from flowmap.tools.capture.record import Recorder
from flowmap.tools.capture.watch import MemberSeen, Watch
from flowmap.tools.capture.witness import write_witness

__all__ = ["Session", "record"]

_LOOK_S = 1.0


@dataclass(frozen=True)
class Session:
    """What a capture needs of its surroundings: clocks and a way to wait, how to run programs, and who hears of it.

    `now`: the time as ISO 8601; `wait`: sleeps; `tell`: hears of the members each second; `net`: /sys/class/net.
    """

    now: Callable[[], str]
    wait: Callable[[float], None]
    tell: Callable[[Mapping[str, MemberSeen]], None]
    run: Run
    net: Path


def record(found: Found, plan: Plan, session: Session) -> tuple[Manifest, Mapping[str, MemberSeen]]:
    """Record until the time is over, all recorders ended or an interrupt comes; whatever ends it, it is ended well.

    A second interrupt while it ends leaves the files as they are then; the manifest says so by having no end.
    """
    folder = Path(plan.folder)
    manifest = begun(found, plan, commands(plan), session.now())
    before = write_witness(found, folder / "host" / "before", session.run)
    manifest.descriptions = [f"host/before/{name}" for name in before.get("description", [])]
    manifest.counters["before"] = [f"host/before/{name}" for name in before.get("counters", [])]
    write_manifest(manifest, folder)
    watch = Watch(plan.members, session.net)
    try:
        manifest.recorded_from = session.now()
        recorder = Recorder(manifest.commands, folder / "host")
        try:
            manifest.recorded_to = manifest.recorded_from
            _watch(recorder, watch, plan, session, manifest)
        finally:
            if not recorder.all_ended():
                manifest.recorded_to = session.now()
            recorder.end()
    finally:
        seen = watch.look()
        watch.close()
    manifest.dropped, manifest.flushed = recorder.drops(plan.members), recorder.flushed()
    manifest.problems = recorder.said()
    try:
        after = write_witness(found, folder / "host" / "after", session.run)
        manifest.counters["after"] = [f"host/after/{name}" for name in after.get("counters", [])]
        manifest.ended_at = session.now()
        write_manifest(manifest, folder)
    except (OSError, ReportError) as error:  # a full disk: what is recorded is kept, and the manifest of the start
        manifest.problems.append(str(error))
    return manifest, seen


def _watch(recorder: Recorder, watch: Watch, plan: Plan, session: Session, manifest: Manifest) -> None:
    """Look each second, until it is over or interrupted.

    One member that is gone ends all: the others alone mislead. The time of the last look that found them recording is
    kept: they may end by themselves.
    """
    looks = 0
    try:
        while not recorder.all_ended() and not recorder.any_failed():
            manifest.recorded_to = session.now()
            session.tell(watch.look())
            if plan.seconds is not None and looks * _LOOK_S >= plan.seconds:
                return
            session.wait(_LOOK_S)
            looks += 1
    except KeyboardInterrupt:
        return
