"""A post with two lanes as ``bootstrap`` puts it together, and the machines around it, scripted, on loopback."""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.concurrency import run_in_threadpool

from crossing.bootstrap import PostParts, post_app
from crossing.decisions.schemas import Decision, Verdict
from crossing.documents.chip.service import ChipExaminer
from crossing.documents.service import DocumentReader
from crossing.faces.schemas import Judgement
from crossing.lanes import repository
from crossing.lanes.examination import Pictures
from crossing.lanes.face_desk import FaceDesk
from crossing.lanes.models import CaptureSession
from crossing.lanes.pipeline import LanePipeline
from crossing.lanes.schemas import FaceAnswer, FaceQuestion, SessionView
from crossing.lanes.service import Desk
from crossing.movements.schemas import Direction, MovementRecord
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.ports.bridge import (
    BatchAnswer,
    BatchItem,
    BatchQuery,
    BridgeAnswer,
    BridgeHit,
    BridgeStatus,
    HitVerification,
    Mode,
    NotCheckedReason,
    Outcome,
    VerificationState,
)
from crossing.ports.bridge import Database as BridgeDatabase
from crossing.ports.devices import CaptureRequest, DeviceList, Progress
from crossing.posts.device_client import DeviceClient
from crossing.posts.models import Lane
from crossing.screening import ledger
from crossing.screening.schemas import CheckKind, CheckResult
from tests.factories.clock import StandingClock
from tests.factories.services import CAMERA, SCANNER, post_settings, prepared_post
from tests.factories.serving import serving
from tests.factories.waiting import wait_until
from tests.integration.lanes.chips import trust
from tests.integration.lanes.drawn import DrawnFaceEngine, DrawnPageReader, Traveller

OFFICER: Final = "a.traore"
COPY_AS_OF: Final = datetime(2031, 2, 28, tzinfo=UTC)
_NEVER: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A post's folder as ``crossing post init`` leaves it, to be copied, and its lanes."""

    folder: Path
    lanes: tuple[UUID, ...]


def prepare(folder: Path) -> Prepared:
    return Prepared(folder, tuple(prepared_post(post_settings(folder), lanes=2)))


class ScriptedBridge:
    """Speaks the bridge's contract over HTTP. ``stolen`` documents, plates and VINs and ``wanted`` family names are
    hits.

    While ``answering`` is not set, questions hang; while ``away``, nobody is there behind the door. While
    ``by_copy``, a copy answers for INTERPOL and the questions wait. ``heard`` are the words on hits that it took; it
    takes none while it ``refuses``.
    """

    def __init__(self) -> None:
        self.stolen: set[str] = set()
        self.wanted: set[str] = set()
        self.asked: list[str] = []
        self.away = False
        self.by_copy = False
        self.refuses = False
        self.batches: list[BatchQuery] = []
        self.given: list[UUID] = []
        self.heard: dict[UUID, HitVerification] = {}
        self.answering = threading.Event()
        self.answering.set()
        self.app = FastAPI()
        self.app.post("/v1/batch")(self._batch)
        self.app.post("/v1/hits/{hit_id}/verification")(self._verify)
        self.app.get("/v1/status")(self._status)

    def _batch(self, batch: BatchQuery) -> BatchAnswer:
        self.asked += [item.document.document_number for item in batch.items if item.document][:1]
        if self.away:
            raise HTTPException(503)
        self.batches.append(batch)
        self.answering.wait(60)
        return BatchAnswer(answers=tuple(self._answer(item) for item in batch.items))

    def forget(self) -> None:
        """What an earlier test left."""
        self.stolen, self.wanted, self.asked, self.batches = set(), set(), [], []
        self.given, self.heard = [], {}
        self.away = self.by_copy = self.refuses = False
        self.answering.set()

    def _verify(self, hit_id: UUID, word: HitVerification) -> Any:
        if self.away:
            raise HTTPException(503)
        if self.refuses or hit_id not in self.given:
            unknown = '{"type": "urn:interpol-bridge:problem:unknown-hit"}'
            return Response(unknown, 404, media_type="application/problem+json")
        self.heard[hit_id] = word
        return VerificationState(hit_id=hit_id, verdict=word.verdict, ncb_reference=word.ncb_reference)

    def _status(self) -> BridgeStatus:
        if self.away:
            raise HTTPException(503)
        return BridgeStatus(
            state="degraded" if self.by_copy else "online",
            backend="scripted",
            mode=Mode.OFFLINE_COPY if self.by_copy else Mode.ONLINE,
            copy_as_of=COPY_AS_OF if self.by_copy else None,
            pending_rechecks=0,
            checked_at=COPY_AS_OF + timedelta(hours=5),
        )

    def _answer(self, item: BatchItem) -> BridgeAnswer:
        query = item.document or item.nominal or item.vehicle
        assert query is not None
        stolen = (
            item.database is BridgeDatabase.SLTD and item.document and item.document.document_number in self.stolen
        ) or (item.vehicle and {item.vehicle.plate, item.vehicle.vin} & self.stolen)
        listed = stolen or (item.nominal and item.nominal.family_name in self.wanted)
        hit = BridgeHit(
            hit_id=new_id(), database=item.database, record_reference="R-1", owner_bureau="UTO",
            match_type="exact", score=1.0, action="Detain", caution="Armed",
        )  # fmt: skip
        if listed:
            self.given.append(hit.hit_id)
        return BridgeAnswer(
            request_id=query.request_id,
            database=item.database,
            outcome=Outcome.HIT if listed else Outcome.NO_HIT,
            mode=Mode.OFFLINE_COPY if self.by_copy else Mode.ONLINE,
            copy_as_of=COPY_AS_OF if self.by_copy else None,
            online_reason=NotCheckedReason.TIMEOUT if self.by_copy else None,
            recheck=self.by_copy,
            latency_ms=1.0,
            hits=(hit,) if listed else (),
        )


def _number(item: BatchItem) -> str | None:
    return item.document.document_number if item.document else None


class ScriptedAgent:
    """Speaks the device contract over HTTP. A device gives its picture, or its fault, or breaks off in the middle.

    ``streams``: the JPEG frames of a device that has a moving picture, half of one where it says ``BREAKS_OFF``.
    """

    BREAKS_OFF: Final = "breaks off"

    def __init__(self) -> None:
        self.gives: dict[str, Any] = {}
        self.streams: dict[str, list[bytes | str]] = {}
        self.held: dict[str, threading.Event] = {}
        self.progress: dict[str, Progress] = {}
        self.asked: list[tuple[str, CaptureRequest]] = []
        self.app = FastAPI()
        self.app.post("/v1/devices/{device_id}/capture")(self._capture)
        self.app.get("/v1/devices/{device_id}/stream")(self._stream)
        self.app.get("/v1/devices/{device_id}/progress")(self._progress)
        self.app.get("/v1/changes")(self._changes)

    def forget(self) -> None:
        """What an earlier test left."""
        for event in self.held.values():
            event.set()
        self.gives, self.streams, self.held, self.progress, self.asked = {}, {}, {}, {}, []

    def presents(self, traveller: Traveller) -> None:
        self.gives = {SCANNER: traveller.page(), CAMERA: traveller.live()}

    def hold(self, device: str) -> threading.Event:
        """The device takes until the event is set."""
        self.held[device] = threading.Event()
        return self.held[device]

    async def _progress(self, device_id: str) -> Response:
        told = self.progress.get(device_id)
        if told is None:
            return Response(status_code=204)
        return Response(told.model_dump_json(), media_type="application/json")

    async def _stream(self, device_id: str) -> Response:
        if device_id not in self.streams:
            return _refusal("unsupported")
        frames = _parts(self.streams[device_id])
        return StreamingResponse(frames, media_type="multipart/x-mixed-replace; boundary=frame")

    async def _changes(self) -> DeviceList:
        await asyncio.sleep(0.1)
        return DeviceList(devices=())

    async def _capture(self, device_id: str, request: CaptureRequest) -> Response:
        self.asked.append((device_id, request))
        held = self.held.get(device_id)
        if held is not None:
            await run_in_threadpool(held.wait, 20)
        given = self.gives.get(device_id, "nothing_presented")
        if given == self.BREAKS_OFF:
            return StreamingResponse(_half_a_picture(), media_type="image/png", headers={"Content-Length": "9000"})
        if isinstance(given, str):
            return _refusal(given)
        return Response(
            given.content,
            media_type=given.media_type,
            headers={"Crossing-Captured-At": "2031-03-01T08:00:00Z"},
        )


def _refusal(code: str) -> Response:
    body = f'{{"title": "", "status": 503, "code": "{code}"}}'
    return Response(body, status_code=503, media_type="application/problem+json")


async def _parts(frames: list[bytes | str]) -> AsyncIterator[bytes]:
    for frame in frames:
        if isinstance(frame, str):
            yield b"--frame\r\nContent-Length: 5000\r\n\r\n" + bytes(500)
            return
        yield b"--frame\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(frame), frame)
        await asyncio.sleep(0.17)
    yield b"--frame--"


async def _half_a_picture() -> Any:
    yield b"\x89PNG\r\n\x1a\n" + bytes(100)


@dataclass
class World:
    """A running post. ``web`` is a browser in which nobody has signed in."""

    app: FastAPI
    web: TestClient
    lanes: tuple[UUID, ...]
    clock: StandingClock
    folder: Path
    clients: list[TestClient] = field(default_factory=list)

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    @property
    def desk(self) -> Desk:
        desk: Desk = self.app.state.desk
        return desk

    @property
    def pipeline(self) -> LanePipeline:
        pipeline: LanePipeline = self.app.state.pipeline
        return pipeline

    @property
    def blobs(self) -> BlobStore:
        blobs: BlobStore = self.app.state.blobs
        return blobs

    def equip(self, lane: int = 0, **devices: str) -> None:
        """Put these devices at a lane, beside those that stand there."""
        with self.database.unit_of_work() as session:
            found = session.get_one(Lane, self.lanes[lane])
            for purpose, device in devices.items():
                setattr(found, purpose, device)

    def step_up(self, lane: int = 0, direction: Direction = Direction.ENTRY) -> UUID:
        with self.database.unit_of_work() as session:
            return self.desk.open(session, self.lanes[lane], direction, officer=OFFICER).session_id

    def take(self, session_id: UUID, traveller: Traveller, *, settle: bool = True) -> SessionView:
        """Page and live picture of ``traveller``; waits for the bridge's answer unless told not to."""
        pictures = Pictures(page=traveller.page(), live=traveller.live())
        view = self.pipeline.take(session_id, pictures, officer=OFFICER)
        if settle:
            self.settle(session_id)
        return view

    def settle(self, session_id: UUID) -> None:
        """Wait until the question to the bridge is answered, one way or the other."""
        wait_until(lambda: not self.view(session_id).checks_pending, what="an answer of the bridge")

    def wait_for_the_bridge(self) -> None:
        """No question is under way any more: a post that is stopped would cut its connection."""
        pending = sa.or_(CaptureSession.bridge_pending, CaptureSession.vehicle_question_id.is_not(None))
        wait_until(lambda: self.count(CaptureSession, pending) == 0, what="the bridge's last answer")

    def decide(self, session_id: UUID, decision: Decision | None = None) -> MovementRecord:
        with self.database.unit_of_work() as session:
            return self.desk.decide(session, session_id, decision or Decision(verdict=Verdict.ADMIT), officer=OFFICER)

    def judge(self, session_id: UUID, judged: Judgement, *, officer: str = OFFICER, at: int = 0) -> FaceQuestion:
        """Answer the question that stands at this place; gives what was asked."""
        asked = self.view(session_id).faces_to_compare[at]
        self.say(session_id, asked, judged, officer=officer)
        return asked

    def say(
        self,
        session_id: UUID,
        asked: FaceQuestion,
        judged: Judgement,
        *,
        officer: str = OFFICER,
        line: Literal["first", "second"] = "first",
        **said: Any,
    ) -> None:
        """A word on two faces, whether they were judged before or not; ``said``: a note, how many words were seen."""
        answer = FaceAnswer(**asked.model_dump(include=set(FaceAnswer.model_fields)) | said, judged=judged)
        desk: FaceDesk = self.app.state.face_desk
        with self.database.unit_of_work() as session:
            desk.judge(session, session_id, answer, officer=officer, line=line)

    def view(self, session_id: UUID) -> SessionView:
        with reading(self.database) as session:
            return self.desk.view(session, repository.get(session, session_id))

    def check(self, session_id: UUID, kind: CheckKind) -> CheckResult:
        """The one answer of this kind that counts now."""
        (found,) = (one for one in self.view(session_id).checks if one.kind is kind)
        return found

    def answers(self, session_id: UUID, kind: CheckKind) -> list[CheckResult]:
        """Every answer of this kind that was ever given."""
        with reading(self.database) as session:
            return [one for one in ledger.for_subject(session, "session", session_id) if one.kind is kind]

    def row(self, session_id: UUID) -> CaptureSession:
        with reading(self.database) as session:
            return repository.get(session, session_id)

    def count(self, table: type[Any], *conditions: sa.ColumnExpressionArgument[bool]) -> int:
        with reading(self.database) as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0

    def kept_files(self) -> list[Path]:
        return sorted(path for path in (self.folder / "blobs").rglob("*") if path.is_file())


Running = Callable[..., World]


@contextmanager
def post_in(
    folder: Path,
    lanes: tuple[UUID, ...],
    *,
    clock: StandingClock | None = None,
    bridge: int | None = None,
    agent: int | None = None,
    **settings: Any,
) -> Iterator[World]:
    """The post in ``folder`` from start to stop; ``bridge`` and ``agent`` are ports on loopback."""
    clock = clock or StandingClock()
    plain: dict[str, Any] = {"recheck_interval_s": _NEVER, "bridge_timeout_s": 10, "capture_timeout_s": 3}
    if bridge is not None:
        plain["bridge_url"] = f"http://127.0.0.1:{bridge}"
    with ExitStack() as stack:
        devices = None
        if agent is not None:
            devices = DeviceClient(f"http://127.0.0.1:{agent}", "token")
            stack.callback(devices.close)
            stack.callback(_let_the_watchers_end)
        app = post_app(
            post_settings(folder, **(plain | settings)),
            PostParts(
                clock=clock,
                reader=DocumentReader(DrawnPageReader()),
                face_engine=DrawnFaceEngine(),
                devices=devices,
                chips=ChipExaminer(trust),
            ),
        )
        web = stack.enter_context(TestClient(app))
        world = World(app, web, lanes, clock, folder)
        yield world
        world.wait_for_the_bridge()


def _let_the_watchers_end() -> None:
    """A post that stops does not wait for what it asked its devices; here their connection is about to be closed."""
    for thread in threading.enumerate():
        if thread.name.startswith(("device-watch", "swipe", "chip")):
            thread.join(0.5)


def copied(prepared: Prepared, folder: Path) -> Path:
    """A post's folder of one's own."""
    shutil.copytree(prepared.folder, folder)
    return folder


@contextmanager
def bridge_on_loopback() -> Iterator[tuple[ScriptedBridge, int]]:
    bridge = ScriptedBridge()
    with serving(bridge.app) as port:
        try:
            yield bridge, port
        finally:
            bridge.answering.set()


@contextmanager
def agent_on_loopback() -> Iterator[tuple[ScriptedAgent, int]]:
    agent = ScriptedAgent()
    with serving(agent.app) as port:
        yield agent, port
