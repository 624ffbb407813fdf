"""Items and pages of the feed: what is signed is what is read, and what a stranger sends breaks nothing."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from crossing.platform.crypto import SigningKey
from crossing.replication.errors import EventInvalid
from crossing.replication.events import MachineRef
from crossing.replication.feed.items import Item, first_mark, for_applier, payload_text
from crossing.replication.feed.pages import (
    MAX_PAGE_BYTES,
    Page,
    PageUnreadable,
    Place,
    Position,
    Question,
    pack,
    unpack,
)

KEY = SigningKey(Ed25519PrivateKey.generate())
FEED, OTHER_FEED = UUID(int=1), UUID(int=2)
HERE, THERE = MachineRef("NIA-1", "desk-1"), MachineRef("KAY-2", "desk-1")
NOW = datetime(2031, 3, 1, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = st.from_regex(r"[A-Z]{3}-[0-9]", fullmatch=True)
instants = st.integers(0, 10**15).map(lambda microseconds: NOW + timedelta(microseconds=microseconds))
payloads = st.dictionaries(texts, st.one_of(texts, st.integers(), st.booleans(), st.none(), st.lists(texts)))
items = st.builds(
    Item,
    feed_id=st.just(FEED),
    sequence=st.integers(1, 2**53),
    item_id=st.uuids(),
    type=st.from_regex(r"[a-z][a-z0-9_.]{0,20}", fullmatch=True),
    version=st.integers(1, 2**31 - 1),
    payload=payloads.map(payload_text),
    published_at=instants,
    expires_at=instants,
    not_to=st.none() | st.builds(MachineRef, names, names),
)


def page_of(*these: Item, since: Position | None = None, **changed: Any) -> Page:
    last = these[-1].sequence if these else 0
    plain = Page(
        place=Place.KNOWN,
        start=since.sequence if since else 0,
        items=tuple((item, item.sign(KEY)) for item in these),
        end=Position(FEED, last, first_mark(FEED)),
        head=last,
        answered_at=NOW,
    )
    return replace(plain, **changed)


def item(sequence: int, **changed: Any) -> Item:
    plain = Item(FEED, sequence, UUID(int=sequence), "news.told", 1, "{}", NOW, NOW + timedelta(hours=1))
    return replace(plain, **changed)


def spoilt(page: Page, change: Callable[[dict[str, Any]], None]) -> bytes:
    document = json.loads(gzip.decompress(pack(page)))
    change(document)
    return gzip.compress(json.dumps(document).encode())


@settings(max_examples=60)
@given(st.lists(items, max_size=4, unique_by=lambda one: one.sequence))
def test_a_page_is_read_as_it_was_packed(some: list[Item]) -> None:
    page = page_of(*sorted(some, key=lambda one: one.sequence))
    read = unpack(pack(page), Question.fresh(HERE, None))
    assert read == page
    for one, signature in read.items:
        assert one.holds(signature, KEY.public)
        assert payload_text(for_applier(one).payload) == one.payload


@settings(max_examples=80)
@given(items, items, st.data())
def test_a_signature_holds_for_nothing_but_the_item_itself(one: Item, other: Item, data: st.DataObject) -> None:
    signature = one.sign(KEY)
    field = data.draw(
        st.sampled_from([name for name in Item.__slots__ if getattr(one, name) != getattr(other, name)])
    )
    changed = replace(one, **{field: getattr(other, field)})
    assert one.holds(signature, KEY.public)
    assert not changed.holds(signature, KEY.public)
    assert changed.mark(bytes(32)) != one.mark(bytes(32))


@given(items)
def test_a_mark_stands_for_the_whole_history(one: Item) -> None:
    assert one.mark(first_mark(FEED)) != one.mark(first_mark(OTHER_FEED))
    assert not replace(one, feed_id=OTHER_FEED).holds(one.sign(KEY), KEY.public)


def test_an_answer_is_signed_for_one_machine_and_one_question() -> None:
    question = Question.fresh(HERE, Position(FEED, 3, bytes(32)), limit=10)
    packed = pack(page_of(item(4), since=question.since))
    signature = question.sign(packed, KEY)
    assert question.holds(packed, signature, KEY.public)
    for other in (
        replace(question, of=THERE),
        replace(question, since=Position(FEED, 2, bytes(32))),
        replace(question, since=Position(OTHER_FEED, 3, bytes(32))),
        replace(question, since=Position(FEED, 3, bytes(31) + b"\x01")),
        replace(question, since=None),
        replace(question, limit=11),
        Question.fresh(HERE, question.since, limit=10),
    ):
        assert not other.holds(packed, signature, KEY.public)
    assert not question.holds(packed + b"\x00", signature, KEY.public)
    assert not question.holds(packed, signature, SigningKey(Ed25519PrivateKey.generate()).public)


@pytest.mark.parametrize(
    "page",
    [
        page_of(item(2), item(1)),
        page_of(item(1), item(1)),
        page_of(item(1), item(2), end=Position(FEED, 1, bytes(32))),
        page_of(item(1), head=0),
        page_of(end=Position(FEED, 0, bytes(32)), head=2),
        page_of(item(9), start=5),
        page_of(item(1), start=1),
        page_of(item(1, not_to=HERE)),
    ],
    ids=["backwards", "twice", "past its end", "past the head", "no step", "skips", "again", "not for it"],
)
def test_a_page_that_is_out_of_order_is_none(page: Page) -> None:
    with pytest.raises(PageUnreadable):
        unpack(pack(page), Question.fresh(HERE, None))


def test_a_page_may_go_on_over_what_nobody_can_send() -> None:
    page = page_of(end=Position(FEED, 1, bytes(32)), head=2)
    assert unpack(pack(page), Question.fresh(HERE, None)) == page


def test_only_a_place_that_is_not_known_begins_anew() -> None:
    since = Position(FEED, 3, bytes(32))
    question = Question.fresh(HERE, since)
    assert unpack(pack(page_of(item(4), since=since)), question).start == 3
    for place in (Place.AGED, Place.DIVERGED):
        assert unpack(pack(page_of(item(1), place=place)), question).start == 0
        with pytest.raises(PageUnreadable):
            unpack(pack(page_of(item(4), since=since, place=place)), question)
    elsewhere = page_of(item(4), since=since, end=Position(OTHER_FEED, 4, bytes(32)))
    for unknown in (page_of(item(4)), elsewhere):
        with pytest.raises(PageUnreadable):
            unpack(pack(unknown), question)


@settings(max_examples=60)
@given(st.binary(max_size=60) | st.binary(max_size=60).map(gzip.compress))
def test_what_is_not_a_page_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(PageUnreadable):
        unpack(content, Question.fresh(HERE, None))


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.update(more=1),
        lambda page: page.update(mark="00"),
        lambda page: page.update(place="elsewhere"),
        lambda page: page["items"][0].update(sig="no base64"),
        lambda page: page["items"][0].update(published="yesterday"),
        lambda page: page["items"][0].update(not_to=["one"]),
        lambda page: page.update(items=page["items"] * 101),
    ],
)
def test_a_page_with_a_wrong_part_is_none(change: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(PageUnreadable):
        unpack(spoilt(page_of(item(1)), change), Question.fresh(HERE, None))


def test_a_small_body_that_grows_without_end_is_not_unpacked() -> None:
    with pytest.raises(PageUnreadable):
        unpack(gzip.compress(b" " * (MAX_PAGE_BYTES + 1)), Question.fresh(HERE, None))


@pytest.mark.parametrize("payload", ["[]", "1", "{", "[" * 100_000], ids=["list", "number", "broken", "deep"])
def test_a_payload_that_is_no_object_is_not_for_an_applier(payload: str) -> None:
    with pytest.raises(EventInvalid):
        for_applier(item(1, payload=payload))
