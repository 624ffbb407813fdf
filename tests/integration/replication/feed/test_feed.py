"""What the capital publishes reaches every post over real mutual TLS, in order, once, and nothing holds it up."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from crossing.platform.db import Database
from crossing.platform.http import http_client
from crossing.platform.ids import new_id
from crossing.posts.models import Machine
from crossing.replication.errors import EventInvalid
from crossing.replication.events import MachineRef
from crossing.replication.feed import applying
from crossing.replication.feed.appliers import FeedAppliers
from crossing.replication.feed.models import AsideItem, FeedCursor, PublishedItem
from crossing.replication.feed.pages import MOST_ITEMS, Question
from crossing.replication.feed.publishing import begin_feed, forget_expired
from crossing.replication.feed.puller import PATH, PullState
from crossing.replication.feed.serving import FeedService
from crossing.replication.link import Unable
from crossing.replication.machine_keys import EnrolledMachines
from tests.factories.clock import StandingClock
from tests.factories.waiting import wait_until
from tests.integration.replication.feed.world import (
    LASTING,
    NEWS,
    another_post,
    apply_news,
    asked,
    first_page,
    news_appliers,
    prepare_post,
    pulled,
    pulling,
    put_aside,
    sequence,
    state,
    tell,
    texts,
    times,
    told,
)
from tests.integration.replication.world import CLOCK, Capital, Post, listening


@pytest.fixture(autouse=True)
def _feed(capital: Capital, post: Post) -> None:
    begin_feed(capital.database)
    prepare_post(post)


def test_all_posts_but_the_one_it_is_not_meant_for_are_told(capital: Capital, post: Post, tmp_path: Path) -> None:
    other = another_post(tmp_path / "other", capital, "desk-2")
    told(capital, "one")
    told(capital, "two", not_to=MachineRef("NIA-1", "desk-1"))
    told(capital, "three")
    told(capital, "four", not_to=MachineRef("NIA-1", "desk-1"))
    with capital.serving() as port, pulling(post, port) as here, pulling(other, port) as there:
        wait_until(lambda: here.status().state is there.status().state is PullState.IDLE)
        assert texts(post) == ["one", "three"]
        assert texts(other) == ["one", "two", "three", "four"]
        assert sequence(post) == sequence(other) == 4
        told(capital, "five")
        wait_until(lambda: texts(post)[-1:] == texts(other)[-1:] == ["five"])
    assert state(post).pulled_at is not None
    other.database.close()


def test_the_order_of_sequences_is_the_order_of_commits(capital: Capital) -> None:
    second = threading.Thread(target=told, args=(capital, "began later"))
    with capital.database.unit_of_work() as session:
        tell(session, capital, "began first")
        second.start()
        wait_until(lambda: _waits_for_a_lock(capital.database))
        assert first_page(capital).head == 0
    second.join(60)
    items = [item for item, _ in first_page(capital).items]
    assert [(item.sequence, item.payload) for item in items] == [
        (1, '{"text":"began first"}'),
        (2, '{"text":"began later"}'),
    ]


def test_what_was_rolled_back_leaves_no_gap_and_the_same_item_is_published_once(capital: Capital) -> None:
    again = new_id()
    with pytest.raises(RuntimeError, match="power cut"):
        _publish_and_fail(capital)
    told(capital, "once", item_id=again)
    told(capital, "twice", item_id=again)
    told(capital, "next")
    assert [item.sequence for item, _ in first_page(capital).items] == [1, 2]
    assert first_page(capital).head == 2


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"payload": {"text": "x" * 65_536}}, "payload_size"),
        ({"payload": {"text": float("nan")}}, "payload"),
        ({"type": "No type"}, "type"),
        ({"version": 0}, "type"),
        ({"expires_at": CLOCK.now() - LASTING}, "expiry"),
    ],
)
def test_what_cannot_be_an_item_is_not_published(capital: Capital, changed: dict[str, object], reason: str) -> None:
    with pytest.raises(EventInvalid) as refused:
        told(capital, "news", **changed)
    assert refused.value.params == {"reason": reason}
    assert capital.count(PublishedItem) == 0


def test_a_page_is_bounded_in_items_and_in_bytes_and_all_of_them_arrive(capital: Capital, post: Post) -> None:
    with capital.database.unit_of_work() as session:
        for number in range(MOST_ITEMS + 3):
            tell(session, capital, f"{number:03}")
        for number in range(6):
            tell(session, capital, f"x{number}" + "é" * 30_000)
    first = first_page(capital)
    assert (len(first.items), first.end.sequence, first.head) == (100, 100, 109)
    second = asked(capital, Question.fresh(post.signer.ref, first.end))
    assert (len(second.items), second.end.sequence) == (7, 107)
    assert [len(first_page(capital, limit=2).items), first_page(capital, limit=2).head] == [2, 109]
    with capital.serving() as port, pulling(post, port):
        wait_until(lambda: sequence(post) == 109)
    assert [text[:3] for text in texts(post)] == [
        *(f"{number:03}" for number in range(103)),
        *(f"x{number}é" for number in range(6)),
    ]


def test_poison_and_what_is_not_known_yet_hold_up_nothing(capital: Capital, post: Post) -> None:
    told(capital, "before", "poison")
    told(capital, "from the future", type="news.sung")
    told(capital, "after")
    pulled(post, capital)
    assert texts(post) == ["before", "after"]
    assert put_aside(post) == [(2, "applier_failed:PoisonError", 1), (3, "unknown_type", 1)]

    newer = news_appliers()
    newer.register("news.sung", 1, apply_news)
    pulled(post, capital, newer)
    assert texts(post) == ["before", "from the future", "after"]
    assert put_aside(post) == [(2, "applier_failed:PoisonError", 2)]


def test_however_much_was_put_aside_it_is_all_tried_again_in_order(capital: Capital, post: Post) -> None:
    with capital.database.unit_of_work() as session:
        for number in range(203):
            tell(session, capital, f"{number:03}", type="news.sung")
    pulled(post, capital)
    assert len(put_aside(post)) == 203
    newer = news_appliers()
    newer.register("news.sung", 1, apply_news)
    pulled(post, capital, newer)
    assert texts(post) == [f"{number:03}" for number in range(203)]
    assert put_aside(post) == []


def test_where_what_was_put_aside_cannot_even_be_tried_pulling_goes_on(capital: Capital, post: Post) -> None:
    told(capital, "later", type="news.sung")
    pulled(post, capital)
    with post.database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE feed_aside SET expires_at = 'no date at all'"))
    told(capital, "new")
    with structlog.testing.capture_logs() as logged:
        pulled(post, capital)
    assert texts(post) == ["new"]
    assert [one["event"] for one in logged if one["log_level"] == "error"] == ["replication.feed_aside_not_tried"]


def test_what_was_put_aside_is_bounded_and_goes_when_it_expires(
    capital: Capital, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "MOST_ASIDE", 3)
    told(capital, *("abcde"), type="news.sung")
    pulled(post, capital)
    assert [one[0] for one in put_aside(post)] == [3, 4, 5]
    with post.database.unit_of_work() as session:
        later = CLOCK.now() + 2 * LASTING
        assert applying.retry_aside(session, news_appliers(), now=later, after=None) == (0, None)
    assert put_aside(post) == []


def test_an_item_that_comes_again_and_fails_again_is_put_aside_once(capital: Capital, post: Post) -> None:
    told(capital, "poison")
    pulled(post, capital)
    with post.database.unit_of_work() as session:
        session.execute(sa.delete(FeedCursor))
        question = Question.fresh(post.signer.ref, None)
        page = asked(capital, question)
        applying.take_in(session, news_appliers(), page, capital_key=capital.key.public, now=CLOCK.now())
    assert put_aside(post) == [(1, "applier_failed:PoisonError", 2)]


@pytest.mark.parametrize("wrong", [timedelta(days=4000), timedelta(0), -timedelta(days=4000)])
def test_a_post_whose_clock_is_wrong_keeps_an_item_as_long_as_the_capital_meant(
    capital: Capital, post: Post, wrong: timedelta
) -> None:
    appliers, taken = news_appliers(), []
    appliers.register("news.timed", 1, lambda _session, item: taken.append(item.expires_at))
    told(capital, "one", type="news.timed")
    told(capital, "for ever", type="news.timed", expires_at=datetime.max.replace(tzinfo=UTC))
    told(capital, "later", type="news.sung")
    page = asked(capital, Question.fresh(post.signer.ref, None))
    now = page.answered_at + wrong
    with post.database.unit_of_work() as session:
        applying.take_in(session, appliers, page, capital_key=capital.key.public, now=now)
        left = page.items[0][0].expires_at - page.answered_at
        assert taken[0] - now == left
        assert taken[1] > now + timedelta(days=1000)
        until = session.scalars(sa.select(AsideItem.expires_at)).one()
        assert until - now == page.items[2][0].expires_at - page.answered_at
        assert applying.retry_aside(session, appliers, now=now, after=None) == (0, None)
        assert applying.count_aside(session) == 1


def test_an_applier_that_is_registered_twice_is_a_mistake(post: Post) -> None:
    appliers = news_appliers()
    with pytest.raises(ValueError, match="two appliers"):
        appliers.register(NEWS, 1, apply_news)
    assert isinstance(appliers, FeedAppliers)


def test_an_item_that_was_tampered_with_is_never_applied(capital: Capital, post: Post) -> None:
    forged, _ = told(capital, "true", "after")
    _rewrite(capital, forged, '{"text":"false"}')
    pulled(post, capital)
    pulled(post, capital)
    assert texts(post) == ["after"]
    assert put_aside(post) == [(1, "bad_signature", 1)]


@pytest.mark.parametrize(
    "changed",
    [{"type": "No type!"}, {"version": 0}, {"signature": b"\0" * 100}, {"payload": "x" * 400_000}],
    ids=["type", "version", "signature", "payload"],
)
def test_what_was_tampered_with_until_it_is_no_item_stops_nobody(
    capital: Capital, post: Post, changed: dict[str, object]
) -> None:
    told(capital, "before")
    [bad] = told(capital, "bad")
    told(capital, "after")
    with capital.database.unit_of_work() as session:
        session.execute(sa.update(PublishedItem).where(PublishedItem.item_id == bad).values(**changed))
    first = first_page(capital, limit=1)
    second = asked(capital, Question.fresh(post.signer.ref, first.end, limit=1))
    assert (second.items, second.end.sequence, second.head) == ((), 2, 3)
    pulled(post, capital)
    assert (texts(post), sequence(post)) == (["before", "after"], 3)


def test_what_expires_while_it_is_asked_for_is_sent_whole_or_not_at_all(capital: Capital, post: Post) -> None:
    told(capital, "one", "two")

    forgotten = 0

    @sa.event.listens_for(capital.database.engine, "after_cursor_execute")
    def _forget(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        nonlocal forgotten
        if "octet_length" in statement and not forgotten:
            forgotten = 1
            with capital.database.unit_of_work() as session:
                forgotten = forget_expired(session, CLOCK.now() + 2 * LASTING)

    page = first_page(capital)
    assert forgotten == 2
    assert [item.payload for item, _ in page.items] == ['{"text":"one"}', '{"text":"two"}']


def test_an_old_answer_cannot_be_played_back(capital: Capital, post: Post) -> None:
    capital.feed = Replaying(machines=EnrolledMachines(), signer=capital.key, clock=CLOCK)
    told(capital, "one")
    with capital.serving() as port, pulling(post, port) as running:
        wait_until(lambda: running.status().problem == "bad_signature")
        assert running.status().state is PullState.WAITING
        assert running.status().next_attempt_in_s is not None
    assert (texts(post), sequence(post)) == (["one"], 1)


def test_an_answer_to_another_machine_is_none(capital: Capital, post: Post) -> None:
    capital.feed = ForAnother(machines=EnrolledMachines(), signer=capital.key, clock=CLOCK)
    told(capital, "one")
    with capital.serving() as port, pulling(post, port) as running:
        wait_until(lambda: running.status().problem == "bad_signature")
    assert (texts(post), sequence(post)) == ([], 0)


def test_what_has_expired_is_passed_over_and_forgotten(capital: Capital, post: Post) -> None:
    clock = StandingClock(CLOCK.now())
    capital.feed = FeedService(machines=EnrolledMachines(), signer=capital.key, clock=clock)
    told(capital, "short", expires_at=CLOCK.now() + timedelta(minutes=5))
    told(capital, "long")
    clock.advance(minutes=10)
    with capital.database.unit_of_work() as session:
        assert forget_expired(session, clock.now()) == 1
        assert forget_expired(session, clock.now()) == 0
        assert list(session.scalars(sa.select(PublishedItem.payload).order_by(PublishedItem.sequence))) == [
            None,
            '{"text":"long"}',
        ]
    pulled(post, capital)
    assert (texts(post), sequence(post)) == (["long"], 2)


def test_a_post_that_was_away_for_longer_than_marks_are_kept_begins_anew(capital: Capital, post: Post) -> None:
    told(capital, "old", expires_at=CLOCK.now() + timedelta(seconds=1))
    pulled(post, capital)
    told(capital, "new", "newer", expires_at=CLOCK.now() + timedelta(days=100))
    with capital.database.unit_of_work() as session:
        forget_expired(session, CLOCK.now() + timedelta(days=91))
        assert list(session.scalars(sa.select(PublishedItem.sequence).order_by(PublishedItem.sequence))) == [2, 3]
    pulled(post, capital)
    assert texts(post) == ["old", "new", "newer"]
    assert (sequence(post), state(post).diverged_at) == (3, None)


@pytest.mark.parametrize("published_since", [0, 1, 3], ids=["behind", "level", "beyond"])
def test_a_capital_restored_from_a_backup_is_noticed_and_followed(
    capital: Capital, post: Post, published_since: int
) -> None:
    told(capital, "kept")
    backup = _backup(capital)
    told(capital, "lost")
    pulled(post, capital)
    assert state(post).diverged_at is None
    _restore(capital, backup)
    told(capital, *(f"new {number}" for number in range(published_since)))
    pulled(post, capital)
    assert state(post).diverged_at is not None
    assert sequence(post) == 1 + published_since
    assert set(texts(post)) == {"kept", "lost", *(f"new {number}" for number in range(published_since))}


def test_another_capital_database_is_another_feed(capital: Capital, post: Post) -> None:
    told(capital, "one")
    pulled(post, capital)
    _restore(capital, {"feed_items": [], "feed_heads": []})
    told(capital, "one of the other")
    pulled(post, capital)
    assert texts(post) == ["one", "one of the other"]
    assert state(post).diverged_at is not None


def test_a_post_restored_from_a_backup_pulls_again_and_doubles_nothing(capital: Capital, post: Post) -> None:
    told(capital, "one", "two")
    pulled(post, capital)
    with post.database.unit_of_work() as session:
        session.execute(sa.delete(FeedCursor))
    pulled(post, capital)
    assert (texts(post), times(post)) == (["one", "two"], [2, 2])


def test_a_machine_that_is_no_longer_enrolled_is_told_nothing(capital: Capital, post: Post) -> None:
    told(capital, "one")
    with capital.database.unit_of_work() as session:
        session.execute(sa.update(Machine).values(revoked_at=CLOCK.now()))
    with capital.serving() as port, pulling(post, port) as running:
        wait_until(lambda: running.status().state is PullState.REFUSED)
        assert running.status().problem == "machine_revoked"
    assert (texts(post), sequence(post)) == ([], 0)


def test_a_capital_that_is_away_is_waited_for(capital: Capital, post: Post) -> None:
    with listening() as free:
        port = free.getsockname()[1]
    told(capital, "one")
    with pulling(post, port) as running:
        wait_until(lambda: running.status().problem == "no_link")
        with capital.serving(port):
            wait_until(lambda: running.status().state is PullState.IDLE, within_s=60)
            assert running.status().problem is None
    assert texts(post) == ["one"]


def test_a_post_that_is_not_enrolled_says_so(capital: Capital, tmp_path: Path) -> None:
    stranger = another_post(tmp_path / "new", capital, "desk-3")
    (stranger.folder / "machine" / "capital.json").unlink(missing_ok=True)
    for file in (stranger.folder / "machine").glob("*.pem"):
        file.unlink()
    with pulling(stranger, 1) as running:
        wait_until(lambda: running.status().problem == "not_enrolled")
        assert running.status().state is PullState.REFUSED
    stranger.database.close()


def test_the_surface_says_clearly_what_a_question_lacks(capital: Capital, post: Post) -> None:
    nonce = "0" * 32
    with (
        capital.serving() as port,
        http_client(f"https://127.0.0.1:{port}", tls=post.identity.client_tls()) as client,
    ):
        for lacking in (
            {"nonce": nonce, "after": "3"},
            {"nonce": nonce, "mark": "0" * 64},
            {"nonce": nonce, "feed": str(new_id())},
        ):
            answer = client.get(PATH, params=lacking)
            assert (answer.status_code, answer.json()["code"]) == (422, "feed_place_invalid")
        for wrong in ({}, {"nonce": "short"}, {"nonce": nonce, "limit": "101"}, {"nonce": nonce, "after": "-1"}):
            assert client.get(PATH, params=wrong).status_code == 422


def test_a_body_larger_than_agreed_is_not_read_to_its_end(capital: Capital, post: Post) -> None:
    told(capital, "x" * 10_000)
    question = Question.fresh(post.signer.ref, None)
    with capital.serving() as port:
        link = post.link(port)
        with pytest.raises(Unable, match="bad_answer"):
            link.fetch(PATH, parameters=question.parameters(), most_bytes=50)
        assert link.fetch(PATH, parameters=question.parameters(), most_bytes=50_000).content
        link.close()


class Replaying(FeedService):
    """A capital's server in the wrong hands: it gives the first answer again and again."""

    _first: tuple[bytes, bytes] | None = None

    def answer(self, session: Session, question: Question) -> tuple[bytes, bytes]:
        self._first = self._first or super().answer(session, question)
        return self._first


class ForAnother(FeedService):
    """It takes everybody for one machine."""

    def machine(self, session: Session, caller: UUID) -> MachineRef:
        return MachineRef("NIA-1", "desk-9")


def _publish_and_fail(capital: Capital) -> None:
    with capital.database.unit_of_work() as session:
        tell(session, capital, "never")
        raise RuntimeError("power cut")


def _waits_for_a_lock(database: Database) -> bool:
    with database.engine.connect() as connection:
        waiting = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(connection.scalar(waiting))


def _rewrite(capital: Capital, item_id: UUID, payload: str) -> None:
    with capital.database.unit_of_work() as session:
        session.execute(sa.update(PublishedItem).where(PublishedItem.item_id == item_id).values(payload=payload))


_TABLES = ("feed_items", "feed_heads")


def _backup(capital: Capital) -> dict[str, list[dict[str, object]]]:
    with capital.database.engine.connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(sa.text(f"SELECT * FROM {name}")).mappings()]
            for name in _TABLES
        }


def _restore(capital: Capital, backup: dict[str, list[dict[str, object]]]) -> None:
    with capital.database.engine.begin() as connection:
        for name in _TABLES:
            connection.execute(sa.text(f"DELETE FROM {name}"))
            for row in backup[name]:
                columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
                connection.execute(sa.text(f"INSERT INTO {name} ({columns}) VALUES ({values})"), row)
