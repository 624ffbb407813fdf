"""Reading the chip while nobody waits for it: one at a time at a lane, with a thread that looks how far it is."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Event, Lock, Thread
from time import perf_counter
from typing import Final, Protocol
from uuid import UUID

from pydantic import ValidationError

from crossing.documents.chip.results import ChipReading
from crossing.documents.mrz import Mrz, parse
from crossing.documents.service import DocumentReading
from crossing.lanes.errors import ChipKeyMissing, ChipLost, ChipNotExamined
from crossing.lanes.progress import LiveProgress
from crossing.platform.errors import DomainError
from crossing.platform.ids import new_id
from crossing.platform.logs import log
from crossing.ports.chip import ChipDump, ChipRequest
from crossing.ports.devices import Progress
from crossing.posts.device_client import DeviceClient
from crossing.posts.device_errors import DeviceGarbled, DeviceVanished, NoAgent

_LOOK_EVERY_S: Final = 0.25
_TRY_AGAIN_AFTER_S: Final = (0.0, 0.5, 2.0)
"""Longer than a database is usually locked, and shorter than the next traveller takes to step up."""
_OPENING: Final = Progress(step="access")
"""Until the reader tells something itself."""
_NOTHING_READ: Final = parse(())
"""The MRZ of a page whose card access number is all there is."""


class Examines(Protocol):
    """What is made of a chip: ``documents.chip.service.ChipExaminer``."""

    def request_for(self, mrz: Mrz, can: str | None = None) -> ChipRequest | None: ...

    def examine(self, dump: ChipDump, *, asked: ChipRequest, today: date) -> ChipReading: ...


@dataclass(frozen=True, slots=True)
class ChipQuestion:
    """Which chip to read, and what opens it. ``page`` is the page that the MRZ is from, where it was a page;
    ``question`` names this reading, so that an answer that was overtaken is known as such."""

    session_id: UUID
    lane_id: UUID
    device: str
    officer: str
    mrz: Mrz | None
    can: str | None = None
    page: DocumentReading | None = None
    question: str = field(default_factory=lambda: str(new_id()))


@dataclass(frozen=True, slots=True)
class ChipAnswer:
    """The chip as read, or why it was not; ``ms`` is the wall time of the device."""

    said: ChipReading | DomainError
    ms: float


Deliver = Callable[[ChipQuestion, ChipAnswer], None]


class ChipReader:
    def __init__(
        self,
        *,
        client: DeviceClient | None,
        examiner: Examines,
        executor: Executor,
        progress: LiveProgress,
        today: Callable[[], date],
        timeout_s: float,
    ) -> None:
        self._client = client
        self._examiner = examiner
        self._executor = executor
        self._progress = progress
        self._today = today
        self._timeout_s = timeout_s
        self._stopping = Event()
        self._lock = Lock()
        self._at_lanes: dict[UUID, tuple[ChipQuestion, Deliver] | None] = {}

    def read(self, question: ChipQuestion, deliver: Deliver) -> None:
        """Read the chip in the background and hand over what comes of it, on a thread of its own.

        While another chip is read at the lane this one waits, and of several that wait only the newest is read.
        """
        with self._lock:
            busy = question.lane_id in self._at_lanes
            overtaken = self._at_lanes.get(question.lane_id)
            self._at_lanes[question.lane_id] = (question, deliver) if busy else None
        if not busy:
            self._executor.submit(self._serve, question, deliver)
        if overtaken is not None and overtaken[0].session_id != question.session_id:
            # That traveller has left the lane, and the document with them.
            self._executor.submit(self._deliver, *overtaken, ChipAnswer(ChipLost(), 0.0))

    def stop(self) -> None:
        """Returns at once. A chip that is being read is left alone, and what it says is not taken any more."""
        self._stopping.set()

    def _serve(self, question: ChipQuestion, deliver: Deliver) -> None:
        waiting: tuple[ChipQuestion, Deliver] | None = (question, deliver)
        while waiting is not None:
            self._read_one(*waiting)
            with self._lock:
                waiting = self._at_lanes[question.lane_id]
                if waiting is None:
                    del self._at_lanes[question.lane_id]
                else:
                    self._at_lanes[question.lane_id] = None

    def _read_one(self, question: ChipQuestion, deliver: Deliver) -> None:
        self._progress.begin(question.session_id, _OPENING)
        started = perf_counter()
        try:
            said = self._said(question)
            self._deliver(question, deliver, ChipAnswer(said, round((perf_counter() - started) * 1000, 1)))
        finally:
            self._progress.end(question.session_id)

    def _deliver(self, question: ChipQuestion, deliver: Deliver, answer: ChipAnswer) -> None:
        """What can't be taken whole is at least said, and said again: else the session would wait until a restart."""
        for pause_s in (*_TRY_AGAIN_AFTER_S, None):
            try:
                if not self._stopping.is_set():
                    deliver(question, answer)
            except Exception:  # noqa: BLE001 - a background thread has nobody above it to tell
                log.exception("chip_answer_not_stored", session_id=str(question.session_id))
            else:
                return
            if not isinstance(answer.said, DomainError):
                answer = replace(answer, said=ChipNotExamined())
            if pause_s is None or self._stopping.wait(pause_s):
                return

    def _said(self, question: ChipQuestion) -> ChipReading | DomainError:
        try:
            return self._chip(question)
        except DeviceVanished:
            return ChipLost()
        except DomainError as trouble:
            return trouble
        except Exception:  # noqa: BLE001 - what a chip holds must not end the thread that serves the lane
            log.exception("chip_not_examined", session_id=str(question.session_id))
            return ChipNotExamined()

    def _chip(self, question: ChipQuestion) -> ChipReading:
        asked = self._examiner.request_for(question.mrz or _NOTHING_READ, question.can)
        if asked is None:
            raise ChipKeyMissing
        if self._client is None:
            raise NoAgent
        with _Follower(self._client, question, self._progress, self._stopping):
            capture = self._client.capture(question.device, timeout_s=self._timeout_s, chip=asked)
        try:
            dump = ChipDump.model_validate_json(capture.content)
        except ValidationError as error:
            log.warning("chip_dump_garbled", device=question.device, fields=error.error_count())
            raise DeviceGarbled from error
        self._progress.tell(question.session_id, Progress(step="checks"))
        return self._examiner.examine(dump, asked=asked, today=self._today())


class _Follower:
    """Asks the agent a few times a second how far the reading is, for as long as the block lasts."""

    def __init__(self, client: DeviceClient, question: ChipQuestion, progress: LiveProgress, stopping: Event) -> None:
        self._client = client
        self._question = question
        self._progress = progress
        self._stopping = stopping
        self._over = Event()
        self._thread = Thread(target=self._follow, name="chip-progress", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        # Not waited for: a question to an agent that hangs would hold up the answer.
        self._over.set()

    def _follow(self) -> None:
        while not (self._over.wait(_LOOK_EVERY_S) or self._stopping.is_set()):
            try:
                seen = self._client.progress(self._question.device)
            except DomainError:
                # The capture itself says what is wrong, and ends this thread.
                continue
            if seen is not None and not self._over.is_set():
                self._progress.tell(self._question.session_id, seen)
