"""The post looks at its bridge, says in words what it saw, and tells the capital: once for each change."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient

from crossing.bootstrap import capital_appliers
from crossing.identity.roles import Role
from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.platform.notify import Notices
from crossing.ports.bridge import BridgeStatus, Mode, NotCheckedReason
from crossing.replication.appliers import ForeignPost
from crossing.replication.events import Lane, MachineSigner, ReceivedEvent
from crossing.replication.models import OutboxEvent
from crossing.replication.outbox import Outbox
from crossing.screening.bridge import BridgeClient
from crossing.screening.interpol_state import news as told_news
from crossing.screening.interpol_state.news import BRIDGE_STATE, MachineNews
from crossing.screening.interpol_state.state import Asking, InterpolNews
from crossing.screening.interpol_state.watch import TOLD_AGAIN_AFTER, BridgeReporter, BridgeWatch
from crossing.screening.models import Recheck
from crossing.screening.rechecks import RecheckQueue
from crossing.screening.services.service import WatchlistServices
from crossing.screening.verifications import VerificationQueue
from crossing.web.pages import interpol, interpol_posts
from crossing.web.rendering import CAPITAL_NAVIGATION, POST_NAVIGATION, Surface
from tests.factories.clock import StandingClock
from tests.factories.officers import app_with_identity, signed_in_client
from tests.factories.serving import serving

NOW = StandingClock().now()
NEVER = 3600.0
COPY: dict[str, Any] = {
    "state": "degraded",
    "mode": Mode.OFFLINE_COPY,
    "reason": NotCheckedReason.UNREACHABLE,
    "copy_as_of": NOW - timedelta(hours=5),
    "copy_max_age_hours": 72.0,
}
ONLINE: dict[str, Any] = {"state": "online", "mode": Mode.ONLINE, "last_online_at": NOW}
SILENT: dict[str, Any] = {"state": "offline", "mode": Mode.ONLINE, "reason": NotCheckedReason.CIRCUIT_OPEN}


@dataclass
class Bridge:
    """Says of itself what it is told to say; ``away`` as a door with nobody behind it."""

    says: dict[str, Any] = field(default_factory=lambda: dict(ONLINE))
    away: bool = False
    port: int = 0

    def app(self) -> FastAPI:
        app = FastAPI()
        app.get("/v1/status")(self._status)
        return app

    def _status(self) -> BridgeStatus:
        if self.away:
            raise HTTPException(503)
        return BridgeStatus(backend="gateway", checked_at=NOW, **self.says)


@pytest.fixture(scope="module")
def loopback() -> Iterator[Bridge]:
    bridge = Bridge()
    with serving(bridge.app()) as bridge.port:
        yield bridge


@pytest.fixture
def bridge(loopback: Bridge) -> Bridge:
    loopback.says, loopback.away = dict(ONLINE), False
    return loopback


class Post:
    """A post's watch and reporter over its own database."""

    def __init__(self, database: Database, bridge: Bridge | None, clock: StandingClock) -> None:
        self.database, self.clock = database, clock
        signer = MachineSigner("NIA-1", "desk-1", 1, SigningKey(Ed25519PrivateKey.generate()))
        self.outbox, self.rechecks = Outbox(signer, clock, Notices()), RecheckQueue(clock)
        self.client = BridgeClient(f"http://127.0.0.1:{bridge.port}" if bridge else None, clock=clock)
        self.reporter = self.started_anew()

    def started_anew(self) -> BridgeReporter:
        self.reporter = BridgeReporter(
            BridgeWatch(self.client, self.clock),
            database=self.database,
            outbox=self.outbox,
            rechecks=self.rechecks,
            interval_s=NEVER,
        )
        return self.reporter

    def told(self) -> list[InterpolNews]:
        with reading(self.database) as session:
            query = sa.select(OutboxEvent.payload).where(OutboxEvent.type == BRIDGE_STATE)
            return [InterpolNews.model_validate_json(one) for one in session.scalars(query.order_by("sequence"))]

    def has_waiting(self, count: int) -> None:
        """So many checks wait to be asked again."""
        with self.database.unit_of_work() as session:
            session.add_all(_waiting() for _ in range(count))


def _waiting() -> Recheck:
    return Recheck(
        subject_kind="session", subject_id=new_id(), kind="interpol_sltd", source="interpol", question_id=new_id(),
        question={}, officer="a.traore", post="NIA-1", purpose="border_control", state="pending", attempts=0,
        queued_at=NOW, due_at=NOW,
    )  # fmt: skip


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def post(post_database: Database, bridge: Bridge, clock: StandingClock) -> Iterator[Post]:
    post = Post(post_database, bridge, clock)
    yield post
    post.client.close()


def test_each_change_is_told_once_and_what_stays_every_hour(post: Post, bridge: Bridge, clock: StandingClock) -> None:
    assert post.reporter.report()
    assert not post.reporter.report()
    bridge.says = COPY
    assert post.reporter.report()
    bridge.away = True
    assert post.reporter.report()
    clock.advance(minutes=30)
    assert not post.reporter.report()
    clock.advance(seconds=TOLD_AGAIN_AFTER.total_seconds())
    assert post.reporter.report()
    told = post.told()
    assert [one.asking for one in told] == [Asking.ONLINE, Asking.COPY, Asking.BRIDGE_AWAY, Asking.BRIDGE_AWAY]
    assert told[-1].since == told[-2].since == NOW


def test_questions_that_begin_to_wait_are_news(post: Post) -> None:
    post.reporter.report()
    post.has_waiting(2)
    assert post.reporter.report()
    assert [one.waiting for one in post.told()] == [0, 2]


def test_a_clock_that_was_set_back_silences_nobody(post: Post, clock: StandingClock) -> None:
    post.reporter.report()
    clock.advance(days=-30)
    assert post.reporter.report()


def test_since_when_it_is_so_outlives_a_restart(post: Post, bridge: Bridge, clock: StandingClock) -> None:
    bridge.says = SILENT
    post.reporter.report()
    clock.advance(hours=3)
    reporter = post.started_anew()
    reporter.start()
    reporter.stop()
    reporter.watch.look()
    assert reporter.watch.news(post="NIA-1", waiting=0).since == NOW
    bridge.says = ONLINE
    reporter.watch.look()
    assert reporter.watch.news(post="NIA-1", waiting=0).since == NOW + timedelta(hours=3)


def test_a_post_that_never_had_a_bridge_tells_nothing(post_database: Database, clock: StandingClock) -> None:
    post = Post(post_database, None, clock)
    assert not post.reporter.report()
    assert post.told() == []


def test_a_bridge_that_was_taken_away_is_told(post: Post, clock: StandingClock) -> None:
    post.reporter.report()
    without = Post(post.database, None, clock)
    assert without.reporter.report()
    assert post.told()[-1].asking is Asking.NOT_SET_UP


class TestTheCapital:
    def test_keeps_the_newest_word_in_whatever_order_they_come(
        self, any_database: Database, clock: StandingClock
    ) -> None:
        events = [event(1, 5, Asking.ONLINE), event(1, 6, Asking.COPY), event(2, 1, Asking.SILENT)]
        for order in permutations(events):
            apply(any_database, clock, *order)
            assert [one.news.asking for one in known(any_database)] == [Asking.SILENT]

    def test_keeps_each_machine_apart(self, any_database: Database, clock: StandingClock) -> None:
        apply(any_database, clock, event(1, 1, Asking.ONLINE), event(1, 1, Asking.COPY, machine="desk-2"))
        assert [(one.machine, one.news.asking) for one in known(any_database)] == [
            ("desk-1", Asking.ONLINE),
            ("desk-2", Asking.COPY),
        ]

    def test_believes_no_machine_of_another_post(self, any_database: Database, clock: StandingClock) -> None:
        with pytest.raises(ForeignPost):
            apply(any_database, clock, event(1, 1, Asking.ONLINE, post="KOR-1"))
        assert known(any_database) == []

    def test_a_word_that_was_carried_by_hand_is_as_old_as_it_was_said(
        self, any_database: Database, clock: StandingClock
    ) -> None:
        clock.advance(days=3)
        apply(any_database, clock, event(1, 1, Asking.ONLINE))
        assert [one.known_at for one in known(any_database)] == [NOW]


def event(
    epoch: int, sequence: int, asking: Asking, *, machine: str = "desk-1", post: str = "NIA-1"
) -> ReceivedEvent:
    news = InterpolNews(post=post, asking=asking, since=NOW, said_at=NOW, copy_as_of=NOW)
    return ReceivedEvent(
        event_id=new_id(), post="NIA-1", machine=machine, epoch=epoch, sequence=sequence, lane=Lane.BIOGRAPHIC,
        type=BRIDGE_STATE, version=1, payload=news.model_dump(mode="json"), occurred_at=NOW, blobs=(),
    )  # fmt: skip


def apply(database: Database, clock: StandingClock, *events: ReceivedEvent) -> None:
    applier = capital_appliers(clock).find(BRIDGE_STATE, 1)
    assert applier is not None
    for one in events:
        with database.unit_of_work() as session:
            applier(session, one)


def known(database: Database) -> list[MachineNews]:
    with reading(database) as session:
        return told_news.of_all(session)


class TestThePages:
    @pytest.fixture
    def app(self, post: Post) -> FastAPI:
        app = app_with_identity(post.database, post.clock)
        app.state.surface = Surface("post", "Nianfo", POST_NAVIGATION)
        app.state.bridge_watch, app.state.outbox, app.state.rechecks = post.reporter.watch, post.outbox, post.rechecks
        app.state.verifications, app.state.watchlists = VerificationQueue(post.clock), WatchlistServices()
        app.include_router(interpol.router)
        return app

    @pytest.mark.parametrize(
        ("says", "sentences"),
        [
            (ONLINE, ["INTERPOL is being asked right now."]),
            (ONLINE | {"state": "degraded", "reason": NotCheckedReason.TIMEOUT}, ["the last question got no answer"]),
            (COPY, ["A copy of INTERPOL's data answers.", "5 hours old", "3 days old", "can't be reached"]),
            (COPY | {"copy_stale": True, "state": "offline"}, ["not being asked", "too old", "as not checked"]),
            (SILENT, ["INTERPOL is not being asked", "failed repeatedly", "registered as not checked"]),
            (None, ["the post can't reach its bridge", "2 checks wait, and are asked again by themselves"]),
        ],
    )
    def test_the_sentence_says_what_is_so(
        self, app: FastAPI, post: Post, bridge: Bridge, says: dict[str, Any] | None, sentences: list[str]
    ) -> None:
        bridge.says, bridge.away = says or ONLINE, says is None
        post.has_waiting(2)
        post.reporter.watch.look()
        shown = unescape(english(signed_in_client(app, Role.SUPERVISOR)).get("/interpol").text)
        assert [one for one in sentences if one not in shown] == []

    def test_it_is_for_whom_it_is_for(self, app: FastAPI) -> None:
        assert TestClient(app).get("/interpol").status_code == 401
        assert signed_in_client(app, Role.OFFICER).get("/interpol").status_code == 403
        assert signed_in_client(app, Role.SECOND_LINE).get("/interpol/now").status_code == 200
        administrator = english(signed_in_client(app, Role.ADMINISTRATOR)).get("/interpol")
        assert administrator.status_code == 200
        assert "Late hits" not in administrator.text, "who runs the machines needs no traveller's data"

    def test_the_capital_shows_every_post_and_how_old_the_word_is(
        self, capital_database: Database, clock: StandingClock
    ) -> None:
        app = app_with_identity(capital_database, clock)
        app.state.surface = Surface("capital", "Capital", CAPITAL_NAVIGATION)
        app.include_router(interpol_posts.router)
        apply(capital_database, clock, event(1, 1, Asking.ONLINE), event(1, 1, Asking.COPY, machine="desk-2"))
        now = english(signed_in_client(app, Role.ANALYST)).get("/interpol/posts").text
        assert "INTERPOL is being asked right now." in now
        assert "how it was then" not in now
        clock.advance(hours=9)
        later = english(signed_in_client(app, Role.ADMINISTRATOR)).get("/interpol/posts").text
        assert later.count("how it was then, not now") == 2
        assert later.index("desk-2") < later.index("desk-1"), "who does not ask INTERPOL comes first"


def english(client: TestClient) -> TestClient:
    client.cookies.set("crossing_locale", "en")
    return client
