"""The composition root: what a post and a capital are made of, wired with keyword defaults.

A test passes its own part in the place of any other; nothing here is global, and no setting changes later. The two
services are put together in ``post_app`` and ``capital_app``, each over its core (``cores.py``).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool

from crossing import api_description
from crossing.audit.endpoints import router as audit_router
from crossing.capital.endpoints import router as capital_router
from crossing.capital.service import AlertAppliers
from crossing.cores import (
    CapitalCore,
    Core,
    PostCore,
    clearance_key,
    open_capital,
    open_document_sets,
    open_faces,
    open_galleries,
    open_post,
    open_snapshots,
)
from crossing.decisions.mobility import built_in_rules
from crossing.decisions.service import REFERRAL_RESOLVED, REFERRAL_VERSIONS, DecisionService
from crossing.documents.service import DocumentReader
from crossing.faces.closeups import CloseUps
from crossing.faces.endpoints import StatusOfFaces
from crossing.faces.endpoints import router as face_engine_router
from crossing.faces.engines.base import FaceEngine
from crossing.faces.figures.endpoints import router as face_figures_router
from crossing.faces.retemplating import Retemplater
from crossing.faces.serving import NoEngine, ServingEngines
from crossing.identity.dependencies import requires
from crossing.identity.endpoints import router as identity_router
from crossing.identity.machines import MachineDirectory
from crossing.identity.roles import Permission
from crossing.identity.systems import SCHEME, AskingSystems
from crossing.lanes.bridge_desk import BridgeDesk
from crossing.lanes.endpoints import router as lanes_router
from crossing.lanes.events import ABANDONED, ABANDONED_VERSIONS, LATE_ANSWER, LATE_ANSWER_VERSIONS, apply_abandoned
from crossing.lanes.face_desk import FaceDesk
from crossing.lanes.face_endpoints import router as faces_router
from crossing.lanes.portrait_desk import PortraitDesk
from crossing.lanes.portrait_endpoints import router as portraits_router
from crossing.lanes.progress import LiveProgress
from crossing.lanes.second_line import router as second_line_router
from crossing.lanes.service import Desk, PostIdentity
from crossing.lanes.station import Station
from crossing.lanes.swipe_desk import SwipeDesk
from crossing.lanes.vehicle_desk import VehicleDesk
from crossing.lanes.vehicle_endpoints import router as vehicles_router
from crossing.lanes.wiring import LaneServices, Readers
from crossing.movements.endpoints import corrections_router
from crossing.movements.endpoints import router as movements_router
from crossing.movements.names_seen import NamesSeen
from crossing.movements.recent_faces import RecentFaces
from crossing.movements.service import RECORDED, RECORDED_VERSIONS, MovementService, apply_recorded
from crossing.platform.api import new_app
from crossing.platform.clock import Clock
from crossing.platform.db.reading import reading
from crossing.platform.files import FolderLock
from crossing.platform.http import ClientTls
from crossing.platform.idempotency import Once
from crossing.platform.metrics import Gauge, GaugeReader
from crossing.platform.settings import CapitalSettings, PostSettings
from crossing.ports.breaker import Circuit
from crossing.posts.device_client import DeviceClient
from crossing.posts.device_watch import DeviceWatch
from crossing.posts.endpoints import devices_router, machines_router, posts_router
from crossing.replication.appliers import Appliers
from crossing.replication.endpoints import capital_router as capital_replication_router
from crossing.replication.endpoints import machine_router
from crossing.replication.endpoints import post_router as post_replication_router
from crossing.replication.events import MachineSigner
from crossing.replication.inbox import Inbox
from crossing.replication.incoming_blobs import IncomingBlobs
from crossing.replication.jobs import Reapplier
from crossing.replication.link import CapitalLink
from crossing.replication.machine_keys import EnrolledMachines
from crossing.replication.outbox import Outbox
from crossing.replication.sender import Sender
from crossing.replication.status import waiting_by_lane
from crossing.screening.asking import news as bridge_news
from crossing.screening.asking.watch import BridgeReporter, BridgeWatch
from crossing.screening.bridge import BridgeClient
from crossing.screening.clearance_endpoints import router as clearances_router
from crossing.screening.clearances import Clearances
from crossing.screening.endpoints import lists_api
from crossing.screening.endpoints import router as screening_router
from crossing.screening.lists.endpoints import LARGE_UPLOADS
from crossing.screening.lists.jobs import ImportJobs
from crossing.screening.lists.service import ListService
from crossing.screening.outside import OutsideServices
from crossing.screening.proposals.endpoints import router as proposals_router
from crossing.screening.proposals.service import HandMadeList
from crossing.screening.proposals.wiring import HandMade, hand_made
from crossing.screening.proposals.wiring import of_nation as hand_made_of_nation
from crossing.screening.proposals.wiring import of_post as hand_made_of_post
from crossing.screening.rechecks import Rechecker, RecheckQueue
from crossing.screening.remote import RemoteService
from crossing.screening.rescreening import Rescreener
from crossing.screening.service import Screener
from crossing.screening.services.description import Description
from crossing.screening.services.reading import read_services
from crossing.screening.services.service import WatchlistService, WatchlistServices
from crossing.screening.verifications import VerificationQueue, VerificationSender
from crossing.screening.yente.endpoints import router as yente_router
from crossing.screening.yente.source import NationalServer
from crossing.web.application import add_pages

if TYPE_CHECKING:
    from crossing.documents.chip.service import ChipExaminer
    from crossing.documents.chip.trust import TrustStore


@dataclass(slots=True)
class PostParts:
    """What a test may put in the place of the real thing; None means the real thing, from the settings."""

    clock: Clock | None = None
    reader: DocumentReader | None = None
    face_engine: FaceEngine | None = None
    former_face_engine: FaceEngine | None = None
    devices: DeviceClient | None = None
    chips: "ChipExaminer | None" = None


def post_app(settings: PostSettings, parts: PostParts | None = None) -> FastAPI:
    """The post's service.

    Raises ``FolderInUse`` where another process serves the same data folder, and ``ServicesFileUnusable``: a service
    that was left out would be a check that is silently not made.
    """
    parts = parts or PostParts()
    described = read_services(settings.services_file) if settings.services_file else ()
    lock = FolderLock(settings.data)
    opened = open_post(settings, clock=parts.clock)
    core, machine = opened.core, opened.machine
    signer = MachineSigner(machine.post, machine.name, machine.epoch, machine.signing_key)
    outbox = Outbox(signer, core.clock, core.notices)
    movements = MovementService(outbox=outbox, clock=core.clock)
    progress = LiveProgress(core.notices)
    outside = _outside_services(settings, core.clock, described)
    desk = Desk(
        post=PostIdentity(machine.post, machine.description.country, ZoneInfo(settings.time_zone)),
        decisions=DecisionService(movements=movements, outbox=outbox, clock=core.clock),
        mobility=built_in_rules(),
        outbox=outbox,
        notices=core.notices,
        clock=core.clock,
        progress=progress,
        clearances=Clearances(clearance_key(settings), clock=core.clock, days=settings.clearance_days),
        beside=outside.beside,
    )
    devices = parts.devices or _device_client(settings)
    engines = open_faces(settings, core.database, core.clock, parts.face_engine, parts.former_face_engine)
    faces = engines.service if isinstance(engines, ServingEngines) else None
    galleries = open_galleries(settings)
    snapshots = open_snapshots(settings)
    lists = ListService(
        core.database,
        core.blobs,
        clock=core.clock,
        audit=core.audit,
        signing_key=machine.signing_key,
        faces=faces,
        galleries=galleries,
        sets=open_document_sets(settings),
        snapshots=snapshots,
    )
    recent = RecentFaces(core.database, faces, clock=core.clock, days=settings.faces_recent_days, galleries=galleries)
    retemplater, engine_status = _retemplating(settings, core, engines, lists, recent)
    by_hand = _entries_by_hand(hand_made_of_post(machine.post), core, lists)
    names_seen = _names_seen(core, desk)
    screener = Screener(
        lists=lists,
        clock=core.clock,
        faces=faces,
        seen=names_seen,
        most_unusable=settings.faces_list_unusable,
    )
    rechecks = RecheckQueue(core.clock)
    bridge_desk = BridgeDesk(database=core.database, services=outside, rechecks=rechecks, desk=desk)
    services = LaneServices(
        settings,
        Station(core.database, core.blobs, core.clock),
        Readers(
            documents=parts.reader or _document_reader(settings),
            faces=faces,
            chips=parts.chips or _chip_examiner(lists.trust),
            devices=devices,
        ),
        desk=desk,
        progress=progress,
        screener=screener,
        bridge_desk=bridge_desk,
        recent=recent,
    )
    rescreener = Rescreener(
        database=core.database,
        lists=lists,
        travellers=services.travellers(core.audit),
        clock=core.clock,
        days=settings.rescreen_days,
        share=settings.rescreen_share,
    )
    swipes = SwipeDesk(
        database=core.database,
        notices=core.notices,
        client=devices,
        record=core.audit.record,
        take_lines=services.pipeline.take_lines,
    )
    device_watch = DeviceWatch(devices, notices=core.notices, clock=core.clock)
    sender = _sender(settings, opened, signer)
    rechecker, verification_sender = _asking_again(settings, core, rechecks, outside, bridge_desk)
    bridge_reporter = BridgeReporter(
        BridgeWatch(outside.bridge, core.clock),
        database=core.database,
        outbox=outbox,
        rechecks=rechecks,
        interval_s=settings.bridge_report_interval_s,
    )

    list_imports = ImportJobs(core.database, lists, clock=core.clock, audit=core.audit, notices=core.notices)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(lists.load)
        await run_in_threadpool(recent.load)
        await run_in_threadpool(services.pipeline.resume)
        workers = [
            worker
            for worker in (
                lists,
                list_imports,
                names_seen,
                recent,
                retemplater,
                rechecker,
                verification_sender,
                rescreener,
                bridge_reporter,
                sender,
                device_watch,
                swipes,
                by_hand.applier,
            )
            if worker is not None
        ]
        for worker in workers:
            worker.start()
        yield
        for worker in reversed(workers):
            await run_in_threadpool(worker.stop)
        services.stop()
        for part in (bridge_desk, screener, outside, devices, galleries, snapshots, core):
            if part is not None:
                part.close()
        lock.release()

    app = _new_app("Crossing post", core, lifespan)
    _put_into(
        app,
        machine=machine,
        outbox=outbox,
        sender=sender,
        devices=devices,
        device_watch=device_watch,
        movements=movements,
        desk=desk,
        pipeline=services.pipeline,
        fingers=services.fingers,
        recent_faces=recent,
        face_desk=FaceDesk(desk=desk, blobs=core.blobs, clock=core.clock),
        closeups=CloseUps(faces),
        portrait_desk=PortraitDesk(desk=desk, clock=core.clock),
        vehicle_desk=VehicleDesk(desk=desk, bridge_desk=bridge_desk, screener=screener, clock=core.clock),
        lists=lists,
        list_imports=list_imports,
        body_limits=(LARGE_UPLOADS,),
        proposals=by_hand.proposals,
        entry_applier=by_hand.applier,
        retemplater=retemplater,
        engine_status=engine_status,
        bridge=outside.bridge,
        watchlists=outside.watchlists,
        bridge_watch=bridge_reporter.watch,
        rechecks=rechecks,
        verifications=verification_sender.queue,
        clearances=desk.clearances,
        rescreener=rescreener,
        names_seen=names_seen,
    )
    _include(
        app,
        lanes_router,
        faces_router,
        portraits_router,
        vehicles_router,
        second_line_router,
        movements_router,
        corrections_router,
        post_replication_router,
        screening_router,
        clearances_router,
        proposals_router,
        yente_router,
        face_engine_router,
        devices_router(may_read=requires(Permission.STATUS_READ)),
    )
    add_pages(app, kind="post", place=machine.description.post_name)
    app.state.metrics.register(
        GaugeReader(_post_gauges(core, lists, rechecks, verification_sender.queue, engine_status, outside.watchlists))
    )
    return app


def _include(app: FastAPI, *routers: APIRouter) -> None:
    for router in routers:
        app.include_router(router)


def _names_seen(core: Core, desk: Desk) -> NamesSeen:
    """How common names are among travellers; whoever is decided on counts from then on."""
    seen = NamesSeen(core.database)
    desk.when_left(lambda _, left: seen.add(left.traveller_id, left.person.surname, left.person.given_names))
    return seen


def _put_into(app: FastAPI, **services: object) -> None:
    """What the endpoints find in ``app.state``."""
    for name, service in services.items():
        setattr(app.state, name, service)


def _new_app(title: str, core: Core, lifespan: Callable[[FastAPI], object]) -> FastAPI:
    """An application with the rooms that both services have."""
    app = new_app(title=title, database=core.database, clock=core.clock, lifespan=lifespan)  # type: ignore[arg-type]
    app.state.blobs = core.blobs
    app.state.notices = core.notices
    app.state.audit = core.audit
    app.state.identity = core.identity
    app.state.posts = core.posts
    app.state.once = Once(core.clock)
    app.state.systems = AskingSystems(core.clock, core.audit.record)
    may_read, may_manage = requires(Permission.STATUS_READ), requires(Permission.POSTS_MANAGE)
    for router in (
        identity_router,
        audit_router,
        face_figures_router,
        posts_router(may_read=may_read, may_manage=may_manage),
        api_description.router,
    ):
        app.include_router(router)
    return app


def _asking_again(
    settings: PostSettings, core: Core, rechecks: RecheckQueue, outside: OutsideServices, bridge_desk: BridgeDesk
) -> tuple[Rechecker, VerificationSender]:
    """What asks until it is answered, and what tells the bridge until it is heard."""
    rechecker = Rechecker(
        database=core.database,
        queue=rechecks,
        services=outside,
        on_answer=bridge_desk.take_late,
        interval_s=settings.recheck_interval_s,
    )
    sender = VerificationSender(
        database=core.database,
        queue=VerificationQueue(core.clock),
        bridge=outside.bridge,
        interval_s=settings.recheck_interval_s,
    )
    return rechecker, sender


def _retemplating(
    settings: PostSettings, core: Core, engines: ServingEngines | NoEngine, lists: ListService, recent: RecentFaces
) -> tuple[Retemplater | None, StatusOfFaces]:
    """What makes the templates that are lacking, None where no engine could; and what tells how far it is."""
    if isinstance(engines, NoEngine):
        return None, engines.status
    retemplater = Retemplater(
        [lists.portraits, recent],
        engines=engines,
        database=core.database,
        blobs=core.blobs,
        clock=core.clock,
        most_lost=settings.faces_most_lost,
    )
    lists.on_change(retemplater.wake)
    recent.on_lacking(retemplater.wake)
    return retemplater, retemplater.status


def _entries_by_hand(kept: HandMadeList, core: Core, lists: ListService) -> HandMade:
    return hand_made(kept, database=core.database, blobs=core.blobs, lists=lists, clock=core.clock, audit=core.audit)


def _post_gauges(
    core: Core,
    lists: ListService,
    rechecks: RecheckQueue,
    verifications: VerificationQueue,
    engine_status: StatusOfFaces,
    watchlists: WatchlistServices,
) -> list[Gauge]:
    def waiting() -> dict[str, float]:
        with reading(core.database) as session:
            return waiting_by_lane(session)

    def unanswered() -> dict[str, float]:
        with reading(core.database) as session:
            return {source: float(count) for source, count in rechecks.pending_by_source(session).items()}

    def words_on_hits() -> dict[str, float]:
        with reading(core.database) as session:
            return {state: float(count) for state, count in verifications.counted(session).items()}

    def left_alone() -> dict[str, float]:
        return {one.code: float(one.circuit is Circuit.OPEN) for one in watchlists.states}

    def ages() -> dict[str, float]:
        now = core.clock.now()
        return {**lists.ages_days(now)}

    def faces_waiting() -> dict[str, float]:
        status = engine_status()
        return {status.state.value: float(status.waiting)}

    def faces_trouble() -> dict[str, float]:
        trouble = engine_status().trouble
        return {trouble.code: 1.0} if trouble else {}

    return [
        ("crossing_outbox_waiting", "Events that the capital has not signed for.", "lane", waiting),
        ("crossing_rechecks_pending", "Checks that wait for an answer.", "source", unanswered),
        ("crossing_hit_verifications", "Words on hits of INTERPOL's, for the bureau.", "state", words_on_hits),
        ("crossing_watchlist_left_alone", "Whether a watchlist service failed too often.", "service", left_alone),
        ("crossing_faces_waiting", "Pictures that wait for a face template.", "state", faces_waiting),
        ("crossing_faces_trouble", "Why the wanted face engine can't serve.", "code", faces_trouble),
        ("crossing_list_age_days", "Age of the list in use.", "list", ages),
        ("crossing_list_not_loaded", "Whether the version in use can't be read.", "list", lists.not_loaded),
    ]


def _document_reader(settings: PostSettings) -> DocumentReader:
    from crossing.documents.default import document_reader  # noqa: PLC0415 - only a post carries its networks

    return document_reader(threads=settings.recognition_threads)


def _chip_examiner(trust: Callable[[], "TrustStore | None"]) -> "ChipExaminer":
    from crossing.documents.chip.service import ChipExaminer  # noqa: PLC0415 - only a post reads chips

    return ChipExaminer(trust)


def _device_client(settings: PostSettings) -> DeviceClient | None:
    token = settings.agent_token.get_secret_value() if settings.agent_token else None
    if settings.agent_token_file is not None:
        token = settings.agent_token_file.read_text().strip()
    if settings.agent_url is None or token is None:
        return None
    return DeviceClient(settings.agent_url, token)


def _outside_services(settings: PostSettings, clock: Clock, described: Sequence[Description]) -> OutsideServices:
    bridge = BridgeClient(
        settings.bridge_url,
        clock=clock,
        tls=_client_tls(settings.bridge_certificate, settings.bridge_key, settings.bridge_authority),
        timeout_s=settings.bridge_timeout_s,
        legal_basis=settings.legal_basis,
    )
    watchlists = [WatchlistService(one, clock=clock) for one in described]
    return OutsideServices(bridge, _national_server(settings, clock), watchlists=watchlists)


def _client_tls(certificate: Path | None, key: Path | None, authority: Path | None) -> ClientTls | None:
    if certificate is None or key is None or authority is None:
        return None
    return ClientTls(certificate, key, authority)


def _national_server(settings: PostSettings, clock: Clock) -> NationalServer | None:
    if settings.national_url is None:
        return None
    shown = settings.national_key_file.read_text().strip() if settings.national_key_file else ""
    service = RemoteService(
        settings.national_url,
        name="national",
        tls=_client_tls(settings.national_certificate, settings.national_key, settings.national_authority),
        headers={"Authorization": f"{SCHEME}{shown}"} if shown else None,
        timeout_s=settings.national_timeout_s,
    )
    return NationalServer(service, dataset=settings.national_dataset, clock=clock)


def _sender(settings: PostSettings, opened: PostCore, signer: MachineSigner) -> Sender | None:
    url, machine = settings.capital_url, opened.machine
    if url is None:
        return None
    return Sender(
        database=opened.core.database,
        blobs=opened.core.blobs,
        connect=lambda: CapitalLink(
            url, tls=machine.client_tls(), capital_key=machine.capital_signing_key(), signer=signer
        ),
        signer=signer,
        clock=opened.core.clock,
        notices=opened.core.notices,
        interval_s=settings.sender_interval_s,
    )


@dataclass(frozen=True, slots=True)
class CapitalApps:
    """Two surfaces over one core: people's, and the machines' behind mutual TLS. Only ``people`` has a lifespan."""

    people: FastAPI
    machines: FastAPI


def capital_app(settings: CapitalSettings, *, clock: Clock | None = None) -> CapitalApps:
    """The capital's service."""
    opened = open_capital(settings, clock=clock)
    core = opened.core
    inbox = Inbox(
        appliers=capital_appliers(core.clock),
        machines=EnrolledMachines(),
        signer=opened.signing_key,
        clock=core.clock,
    )
    reapplier = Reapplier(database=core.database, inbox=inbox)
    lists = ListService(
        core.database,
        core.blobs,
        clock=core.clock,
        audit=core.audit,
        signing_key=opened.signing_key,
        sets=open_document_sets(settings),
    )
    by_hand = _entries_by_hand(hand_made_of_nation(), core, lists)
    list_imports = ImportJobs(core.database, lists, clock=core.clock, audit=core.audit, notices=core.notices)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(lists.load)
        workers = (reapplier, lists, list_imports, by_hand.applier)
        for worker in workers:
            worker.start()
        yield
        for worker in reversed(workers):
            await run_in_threadpool(worker.stop)
        opened.close()

    people = _new_app("Crossing capital", core, lifespan)
    _put_into(
        people,
        lists=lists,
        list_imports=list_imports,
        proposals=by_hand.proposals,
        entry_applier=by_hand.applier,
        body_limits=(LARGE_UPLOADS,),
    )
    for router in (
        capital_router,
        movements_router,
        lists_api,
        proposals_router,
        yente_router,
        capital_replication_router,
        machines_router(may_read=requires(Permission.STATUS_READ), may_manage=requires(Permission.POSTS_MANAGE)),
    ):
        people.include_router(router)
    add_pages(people, kind="capital", place="")
    return CapitalApps(people=people, machines=_machine_surface(opened, inbox))


def _machine_surface(opened: CapitalCore, inbox: Inbox) -> FastAPI:
    core = opened.core
    app = new_app(title="Crossing capital, for machines", database=core.database, clock=core.clock)
    app.state.machines = MachineDirectory()
    app.state.inbox = inbox
    app.state.incoming_blobs = IncomingBlobs(blobs=core.blobs, signer=opened.signing_key, clock=core.clock)
    app.include_router(machine_router)
    return app


def capital_appliers(clock: Clock) -> Appliers:
    """Which room takes in which event. An event of a type that is not here is kept, and applied once it is."""
    alerts = AlertAppliers(clock)
    appliers = Appliers()
    for version in RECORDED_VERSIONS:
        appliers.register(RECORDED, version, apply_recorded)
    for version in REFERRAL_VERSIONS:
        appliers.register(REFERRAL_RESOLVED, version, alerts.referral_resolved)
    for version in LATE_ANSWER_VERSIONS:
        appliers.register(LATE_ANSWER, version, alerts.late_answer)
    for version in ABANDONED_VERSIONS:
        appliers.register(ABANDONED, version, apply_abandoned)
    for version in bridge_news.BRIDGE_STATE_VERSIONS:
        appliers.register(bridge_news.BRIDGE_STATE, version, bridge_news.applier(clock))
    return appliers
