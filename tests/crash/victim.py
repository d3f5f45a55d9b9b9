"""A device that works until it is stopped: it reports problems, some with photos, and syncs once.

`python -m tests.crash.victim` reads lines "FOLDER SOCKET REPORTS MANNER" and forks a device for
each: the imports are paid once. The fork stops itself before its first step, so that a tracer can
be put on it, and tells SOCKET of every report that was saved, or could not be. Its MANNER is
`careful`, the app as it is, or a planted bug: `unsynced` commits, or `loose` photos.
"""

import contextlib
import os
import signal
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from field_app.domain.issue import EventIssue, IssueType, Severity
from field_app.domain.issues import IssueReport, NewPhoto
from field_app.domain.person import Role
from field_app.domain.wire import Person, SyncResponse, Verdict, VerdictStatus
from field_app.store import engine
from field_app.store.engine import CannotSave, Store
from field_app.store.mirror import MirrorWorld
from field_app.store.photo_files import PhotoFiles
from field_app.store.photo_intake import Picture, take_in
from field_app.sync import cycle
from field_app.sync.cycle import Signed
from tests.support.field import (
    ANA,
    DEVICE,
    NOON,
    a_shift,
    a_store,
    an_envelope,
    an_event,
    on_wire,
    ticks,
)
from tests.support.pictures import a_jpeg

PHOTO_EVERY = 3
ANSWERED = "the cursor of the answer"


def main() -> None:
    pictures = [take_in(a_jpeg(seed, edge=160)) for seed in range(8)]
    warm_up(pictures)
    for line in sys.stdin:
        folder, address, reports, manner = line.split()
        child = os.fork()
        if child == 0:
            status = 1
            with contextlib.suppress(KeyboardInterrupt):
                spoil(manner)
                os.kill(os.getpid(), signal.SIGSTOP)
                work(Path(folder), address, int(reports), pictures)
                status = 0
            os._exit(status)
        os.waitpid(child, os.WUNTRACED)
        print(child, flush=True)
        _, ended = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(ended), flush=True)


def spoil(manner: str) -> None:
    """Plant a bug, so that a test can be seen to find it."""
    if manner == "unsynced":
        engine.PRAGMAS = tuple(each.replace("FULL", "NORMAL") for each in engine.PRAGMAS)
    if manner == "loose":
        os.fsync = lambda handle: None


def warm_up(pictures: list[Picture]) -> None:
    """Import whatever is imported late: a fork's steps are the app's own."""
    with TemporaryDirectory() as name:
        store = a_store(Path(name), an_event(), a_shift())
        _report(store, PhotoFiles(store.folder / "photos"), 0, pictures)
        _take_in(store)
        store.close()


def work(folder: Path, address: str, reports: int, pictures: list[Picture]) -> None:
    """File reports; each is told as "saved ID" once it is, or as "refused" in words."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.connect(address)
        try:
            store, files = Store(folder), PhotoFiles(folder / "photos")
        except CannotSave as error:
            listener.sendall(f"refused {error}\n".encode())
            return
        for number in range(reports):
            try:
                said = f"saved {_report(store, files, number, pictures)}"
            except CannotSave as error:
                said = f"refused {error}"
            listener.sendall(f"{said}\n".encode())
        try:
            _take_in(store)
        except CannotSave as error:
            listener.sendall(f"refused {error}\n".encode())


def _take_in(store: Store) -> None:
    """The office's answer to everything reported so far, as a cycle takes it in."""
    person = Person(id=ANA.id, name="Ana", email="ana@example.org", role=Role.BRAND_AGENT)
    signed = Signed(person, DEVICE, "token")
    prepared = cycle.prepare(store, signed, ticks(), "1", 100)
    issues = store.read(lambda session: MirrorWorld(session).where(EventIssue))
    answer = SyncResponse(
        server_time=NOON,
        epoch="epoch",
        cursor=ANSWERED,
        verdicts=[
            Verdict(operation_id=each["id"], status=VerdictStatus.APPLIED, decided_at=NOON)
            for each in prepared.request.operations
        ],
        full=False,
        more=False,
        changes=on_wire(*(issue.revise(version=50) for issue in issues)),
        removed={"staff_assignments": [str(a_shift().id)]},
        digest=None,
    )
    cycle.apply(store, signed, prepared, answer, ticks())


def _report(store: Store, files: PhotoFiles, number: int, pictures: list[Picture]) -> str:
    photos: tuple[NewPhoto, ...] = ()
    if number % PHOTO_EVERY == 0:
        picture = pictures[number // PHOTO_EVERY % len(pictures)]
        files.save(picture)
        photos = (NewPhoto(sha256=picture.sha256, bytes=len(picture.jpeg)),)
    operation = IssueReport(
        event_instance_id=an_event().id,
        issue_type=IssueType.OTHER,
        description=f"Report {number}",
        severity=Severity.LOW,
        photos=photos,
    )
    issue_id = an_envelope(operation, an_event().id).stamp.operation_id
    envelope = an_envelope(operation, issue_id)
    store.perform(envelope)
    return str(envelope.stamp.operation_id)


if __name__ == "__main__":
    main()
