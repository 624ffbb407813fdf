"""The post's service."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from crossing.bootstrap.asking import Asking, asking_of, outside_services
from crossing.bootstrap.common import include, lifespan_of, new_surface, put_into
from crossing.bootstrap.feed import feed_gauges, feed_puller
from crossing.bootstrap.gauges import post_gauges
from crossing.bootstrap.listing import Listing, listing_of
from crossing.bootstrap.readers import PostParts, chip_examiner_of, device_client_of, document_reader_of
from crossing.cores import Core, PostCore, clearance_key, open_post
from crossing.decisions.mobility import built_in_rules
from crossing.decisions.service import DecisionService
from crossing.faces.closeups import CloseUps
from crossing.faces.endpoints import router as face_engine_router
from crossing.identity.dependencies import requires
from crossing.identity.roles import Permission
from crossing.lanes.endpoints import router as lanes_router
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
from crossing.movements.service import MovementService
from crossing.platform.files import FolderLock
from crossing.platform.metrics import GaugeReader
from crossing.platform.settings import PostSettings
from crossing.posts.device_client import DeviceClient
from crossing.posts.device_watch import DeviceWatch
from crossing.posts.endpoints import devices_router
from crossing.replication.endpoints import post_router as post_replication_router
from crossing.replication.events import MachineSigner
from crossing.replication.link import CapitalLink
from crossing.replication.outbox import Outbox
from crossing.replication.sender import Sender
from crossing.screening.ahead.book import AheadBook
from crossing.screening.ahead.endpoints import router as ahead_router
from crossing.screening.ahead.keeping import AheadKeeper
from crossing.screening.ahead.service import AheadService
from crossing.screening.clearance_endpoints import router as clearances_router
from crossing.screening.clearances import Clearances
from crossing.screening.endpoints import router as screening_router
from crossing.screening.lists.endpoints import LARGE_UPLOADS
from crossing.screening.lists.formats.ahead import CODE as AHEAD
from crossing.screening.outside import OutsideServices
from crossing.screening.proposals.endpoints import router as proposals_router
from crossing.screening.rescreening import Rescreener
from crossing.screening.service import Screener
from crossing.screening.services.reading import read_services
from crossing.screening.yente.endpoints import router as yente_router
from crossing.web.application import add_pages


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
    outside = outside_services(settings, core.clock, described)
    progress = LiveProgress(core.notices)
    desk = _desk(settings, opened, outbox, movements, outside, progress)
    asking = asking_of(settings, core, outside, desk, outbox)
    listing = listing_of(settings, opened, parts)
    lane = _lane(settings, core, parts, desk, progress, listing, asking)
    sender = _sender(settings, opened, signer)
    puller = feed_puller(settings, opened, signer, lane.ahead)

    app = new_surface(
        "Crossing post",
        core,
        lifespan_of(
            before=(lane.ahead.load, listing.lists.load, listing.recent.load, lane.services.pipeline.resume),
            workers=(
                listing.lists,
                listing.imports,
                lane.names_seen,
                listing.recent,
                listing.retemplater,
                asking.rechecker,
                asking.words,
                lane.rescreener,
                lane.ahead,
                asking.reporter,
                sender,
                puller,
                lane.device_watch,
                lane.swipes,
                listing.by_hand.applier,
            ),
            after=(
                lane.services.stop,
                *(one.close for one in _closed(asking, lane, listing) if one is not None),
                core.close,
                lock.release,
            ),
        ),
    )
    put_into(app, machine=machine, outbox=outbox, sender=sender, feed_puller=puller, movements=movements, desk=desk)
    _put_lane_into(app, core, desk, lane, listing, asking)
    _put_screening_into(app, listing, asking)
    _add_routes(app, machine.description.post_name)
    app.state.metrics.register(GaugeReader([*post_gauges(core, listing, asking), *feed_gauges(core, puller)]))
    return app


class _Closable(Protocol):
    def close(self) -> None: ...


def _closed(asking: Asking, lane: "_Lane", listing: Listing) -> Sequence[_Closable | None]:
    """What is closed once no worker runs any more, in this order, before the core."""
    return (asking.bridge_desk, lane.screener, asking.outside, lane.devices, listing.galleries, listing.snapshots)


@dataclass(frozen=True, slots=True)
class _Lane:
    """What serves the lanes: the way of a traveller, and the devices beside it."""

    devices: DeviceClient | None
    device_watch: DeviceWatch
    swipes: SwipeDesk
    screener: Screener
    services: LaneServices
    rescreener: Rescreener
    ahead: AheadKeeper
    names_seen: NamesSeen


def _desk(
    settings: PostSettings,
    opened: PostCore,
    outbox: Outbox,
    movements: MovementService,
    outside: OutsideServices,
    progress: LiveProgress,
) -> Desk:
    core, machine = opened.core, opened.machine
    return Desk(
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


def _lane(
    settings: PostSettings,
    core: Core,
    parts: PostParts,
    desk: Desk,
    progress: LiveProgress,
    listing: Listing,
    asking: Asking,
) -> _Lane:
    devices = parts.devices or device_client_of(settings)
    names_seen, looked_for = _names_seen(core, desk), AheadBook(desk.post.zone)
    screener = Screener(
        lists=listing.lists,
        clock=core.clock,
        faces=listing.faces,
        seen=names_seen,
        beside=looked_for.told,
        most_unusable=settings.faces_list_unusable,
    )
    services = LaneServices(
        settings,
        Station(core.database, core.blobs, core.clock),
        Readers(
            documents=parts.reader or document_reader_of(settings),
            faces=listing.faces,
            chips=parts.chips or chip_examiner_of(listing.lists.trust),
            devices=devices,
        ),
        desk=desk,
        progress=progress,
        screener=screener,
        bridge_desk=asking.bridge_desk,
        recent=listing.recent,
    )
    travellers = services.travellers(core.audit)
    return _Lane(
        devices=devices,
        device_watch=DeviceWatch(devices, notices=core.notices, clock=core.clock),
        swipes=SwipeDesk(
            database=core.database,
            notices=core.notices,
            client=devices,
            record=core.audit.record,
            take_lines=services.pipeline.take_lines,
        ),
        screener=screener,
        services=services,
        rescreener=Rescreener(
            database=core.database,
            lists=listing.lists,
            travellers=travellers,
            clock=core.clock,
            days=settings.rescreen_days,
            share=settings.rescreen_share,
            only_here=(AHEAD,),
        ),
        ahead=AheadKeeper(
            looked_for,
            database=core.database,
            lists=listing.lists,
            travellers=travellers,
            clock=core.clock,
            audit=core.audit,
            legal_basis=settings.legal_basis,
        ),
        names_seen=names_seen,
    )


def _names_seen(core: Core, desk: Desk) -> NamesSeen:
    """How common names are among travellers; whoever is decided on counts from then on."""
    seen = NamesSeen(core.database)
    desk.when_left(lambda _, left: seen.add(left.traveller_id, left.person.surname, left.person.given_names))
    return seen


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


def _put_lane_into(app: FastAPI, core: Core, desk: Desk, lane: _Lane, listing: Listing, asking: Asking) -> None:
    put_into(
        app,
        devices=lane.devices,
        device_watch=lane.device_watch,
        pipeline=lane.services.pipeline,
        fingers=lane.services.fingers,
        recent_faces=listing.recent,
        face_desk=FaceDesk(desk=desk, blobs=core.blobs, clock=core.clock),
        closeups=CloseUps(listing.faces),
        portrait_desk=PortraitDesk(desk=desk, clock=core.clock),
        vehicle_desk=VehicleDesk(desk=desk, bridge_desk=asking.bridge_desk, screener=lane.screener, clock=core.clock),
        clearances=desk.clearances,
        rescreener=lane.rescreener,
        ahead=AheadService(core.clock),
        ahead_keeper=lane.ahead,
        names_seen=lane.names_seen,
    )


def _put_screening_into(app: FastAPI, listing: Listing, asking: Asking) -> None:
    put_into(
        app,
        lists=listing.lists,
        list_imports=listing.imports,
        body_limits=(LARGE_UPLOADS,),
        proposals=listing.by_hand.proposals,
        entry_applier=listing.by_hand.applier,
        retemplater=listing.retemplater,
        engine_status=listing.engine_status,
        bridge=asking.outside.bridge,
        watchlists=asking.outside.watchlists,
        bridge_watch=asking.reporter.watch,
        rechecks=asking.rechecks,
        verifications=asking.words.queue,
    )


def _add_routes(app: FastAPI, place: str) -> None:
    include(
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
        ahead_router,
        proposals_router,
        yente_router,
        face_engine_router,
        devices_router(may_read=requires(Permission.STATUS_READ)),
    )
    sources = {one.code: one.names for one in app.state.watchlists.states}
    add_pages(app, kind="post", place=place, sources=sources)
