"""The capital's service: people's surface, and the machines'."""

from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI

from crossing.bootstrap.common import entries_by_hand, include, lifespan_of, new_surface, put_into
from crossing.bootstrap.feed import feed_service
from crossing.capital.ahead import AheadTeller
from crossing.capital.endpoints import router as capital_router
from crossing.capital.service import AlertAppliers
from crossing.capital.telling import AheadRetrier, AheadTelling, count_untold
from crossing.cores import CapitalCore, Core, open_capital, open_document_sets
from crossing.decisions.service import REFERRAL_RESOLVED, REFERRAL_VERSIONS
from crossing.identity.dependencies import requires
from crossing.identity.machines import MachineDirectory
from crossing.identity.roles import Permission
from crossing.lanes.events import ABANDONED, ABANDONED_VERSIONS, LATE_ANSWER, LATE_ANSWER_VERSIONS, apply_abandoned
from crossing.movements.endpoints import router as movements_router
from crossing.movements.service import RECORDED, RECORDED_VERSIONS
from crossing.platform.api import new_app
from crossing.platform.clock import Clock
from crossing.platform.db.reading import reading
from crossing.platform.metrics import Gauge, GaugeReader
from crossing.platform.settings import CapitalSettings
from crossing.posts.endpoints import machines_router
from crossing.replication.appliers import Appliers
from crossing.replication.endpoints import capital_router as capital_replication_router
from crossing.replication.endpoints import machine_router
from crossing.replication.feed.endpoints import feed_router
from crossing.replication.feed.jobs import FeedForgetter
from crossing.replication.feed.publishing import begin_feed
from crossing.replication.inbox import Inbox
from crossing.replication.incoming_blobs import IncomingBlobs
from crossing.replication.jobs import Reapplier
from crossing.replication.machine_keys import EnrolledMachines
from crossing.screening.endpoints import lists_api
from crossing.screening.interpol_state import news as bridge_news
from crossing.screening.lists.endpoints import LARGE_UPLOADS
from crossing.screening.lists.jobs import ImportJobs
from crossing.screening.lists.service import ListService
from crossing.screening.proposals.endpoints import router as proposals_router
from crossing.screening.proposals.wiring import of_nation as hand_made_of_nation
from crossing.screening.services.reading import read_names
from crossing.screening.yente.endpoints import router as yente_router
from crossing.web.application import add_pages


@dataclass(frozen=True, slots=True)
class CapitalApps:
    """Two surfaces over one core: people's, and the machines' behind mutual TLS. Only ``people`` has a lifespan."""

    people: FastAPI
    machines: FastAPI


def capital_app(settings: CapitalSettings, *, clock: Clock | None = None) -> CapitalApps:
    """The capital's service. Raises ``ServicesFileUnusable``."""
    sources = read_names(settings.services_file) if settings.services_file else {}
    opened = open_capital(settings, clock=clock)
    core = opened.core
    teller = AheadTeller(opened.signing_key, core.clock, hours=settings.ahead_hours)
    telling = AheadTelling(teller, core.clock, hours=settings.ahead_hours)
    inbox = Inbox(
        appliers=capital_appliers(core.clock, telling),
        machines=EnrolledMachines(),
        signer=opened.signing_key,
        clock=core.clock,
    )
    reapplier = Reapplier(database=core.database, inbox=inbox)
    forgetter = FeedForgetter(database=core.database, clock=core.clock)
    retrier = AheadRetrier(database=core.database, telling=telling)
    lists = ListService(
        core.database,
        core.blobs,
        clock=core.clock,
        audit=core.audit,
        signing_key=opened.signing_key,
        sets=open_document_sets(settings),
    )
    by_hand = entries_by_hand(hand_made_of_nation(), core, lists)
    list_imports = ImportJobs(core.database, lists, clock=core.clock, audit=core.audit, notices=core.notices)

    lifespan = lifespan_of(
        before=(lists.load, partial(begin_feed, core.database)),
        workers=(reapplier, forgetter, retrier, lists, list_imports, by_hand.applier),
        after=(opened.close,),
    )
    people = new_surface("Crossing capital", core, lifespan)
    put_into(
        people,
        lists=lists,
        list_imports=list_imports,
        proposals=by_hand.proposals,
        entry_applier=by_hand.applier,
        body_limits=(LARGE_UPLOADS,),
    )
    include(
        people,
        capital_router,
        movements_router,
        lists_api,
        proposals_router,
        yente_router,
        capital_replication_router,
        machines_router(may_read=requires(Permission.STATUS_READ), may_manage=requires(Permission.POSTS_MANAGE)),
    )
    add_pages(people, kind="capital", place="", sources=sources)
    people.state.metrics.register(GaugeReader([_untold(core)]))
    return CapitalApps(people=people, machines=_machine_surface(opened, inbox))


def _untold(core: Core) -> Gauge:
    def read() -> dict[str, float]:
        with reading(core.database) as session:
            return {"capital": float(count_untold(session))}

    return "crossing_ahead_untold", "Travellers' sessions of which the posts could not be told yet.", "feed", read


def _machine_surface(opened: CapitalCore, inbox: Inbox) -> FastAPI:
    core = opened.core
    app = new_app(title="Crossing capital, for machines", database=core.database, clock=core.clock)
    app.state.machines = MachineDirectory()
    app.state.inbox = inbox
    app.state.incoming_blobs = IncomingBlobs(blobs=core.blobs, signer=opened.signing_key, clock=core.clock)
    app.state.feed = feed_service(opened)
    app.include_router(machine_router)
    app.include_router(feed_router)
    return app


def capital_appliers(clock: Clock, ahead: AheadTelling | None = None) -> Appliers:
    """Which room takes in which event. An event of a type that is not here is kept, and applied once it is. ``ahead``
    tells the posts of late hits; None: nobody is told."""
    alerts = AlertAppliers(clock, ahead)
    appliers = Appliers()
    if ahead is not None:
        appliers.at_end(ahead.tell_noted)
    for version in RECORDED_VERSIONS:
        appliers.register(RECORDED, version, alerts.movement)
    for version in REFERRAL_VERSIONS:
        appliers.register(REFERRAL_RESOLVED, version, alerts.referral_resolved)
    for version in LATE_ANSWER_VERSIONS:
        appliers.register(LATE_ANSWER, version, alerts.late_answer)
    for version in ABANDONED_VERSIONS:
        appliers.register(ABANDONED, version, apply_abandoned)
    for version in bridge_news.BRIDGE_STATE_VERSIONS:
        appliers.register(bridge_news.BRIDGE_STATE, version, bridge_news.applier(clock))
    return appliers
