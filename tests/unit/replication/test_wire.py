"""Batches on the wire: what goes in comes out, and what a stranger sends breaks nothing."""

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
from crossing.replication.errors import BatchInvalid, BatchTooLarge
from crossing.replication.events import GENESIS, BlobNote, Envelope, Lane, SignedEvent, payload_text, sign
from crossing.replication.signatures import genuine
from crossing.replication.wire import MAX_BATCH_BYTES, MAX_PACKED_BYTES, pack, read_events, unpack

KEY = SigningKey(Ed25519PrivateKey.generate())
SURROGATES = {"blacklist_categories": ("Cs",)}


def history(count: int, *, payloads: list[dict[str, Any]] | None = None) -> list[SignedEvent]:
    """The first events of a machine, signed and chained."""
    events: list[SignedEvent] = []
    for number in range(1, count + 1):
        envelope = Envelope(
            event_id=UUID(int=number),
            post="NIA-1",
            machine="desk-1",
            epoch=3,
            sequence=number,
            previous=events[-1].hash if events else GENESIS,
            lane=Lane.BIOGRAPHIC,
            type="note.written",
            version=1,
            occurred_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(microseconds=number),
            payload=payload_text(payloads[number - 1] if payloads else {"number": number}),
            blobs=(BlobNote(f"{number:064x}", number, Lane.IMAGES),) if number % 2 else (),
        )
        events.append(sign(envelope, KEY))
    return events


def spoilt(events: list[SignedEvent], change: Callable[[dict[str, Any]], None]) -> bytes:
    """A packed batch whose JSON was changed before it was compressed."""
    document = json.loads(gzip.decompress(pack(events)))
    change(document)
    return gzip.compress(json.dumps(document).encode())


@settings(max_examples=40)
@given(
    payloads=st.lists(
        st.dictionaries(
            st.text(st.characters(**SURROGATES), max_size=5),  # type: ignore[arg-type]
            st.floats(allow_nan=False, allow_infinity=False)
            | st.integers()
            | st.text(st.characters(**SURROGATES), max_size=20),  # type: ignore[arg-type]
            max_size=4,
        ),
        min_size=1,
        max_size=6,
    ),
    drop=st.sets(st.integers(0, 5)),
)
def test_what_goes_in_comes_out_with_or_without_gaps(payloads: list[dict[str, Any]], drop: set[int]) -> None:
    everything = history(len(payloads), payloads=payloads)
    events = [event for at, event in enumerate(everything) if at not in drop] or everything
    batch = unpack(pack(events, instance="0123456789abcdef"))
    assert read_events(batch) == events
    assert list(genuine(read_events(batch), KEY.public).values()) == events


def test_followers_leave_out_what_the_batch_already_says() -> None:
    items = json.loads(gzip.decompress(pack(history(5))))["events"]
    assert [("prev" in item) for item in items] == [True, False, False, False, False]


def test_one_malformed_event_does_not_spoil_the_others() -> None:
    events = history(5)
    with_gap = [events[0], events[1], events[3], events[4]]
    read = read_events(unpack(spoilt(with_gap, lambda document: document["events"][1].update(lane="none"))))
    assert read[0] == events[0]
    assert read[1] is None
    assert read[2:] == events[3:]


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 0},
        {"seq": -1},
        {"seq": 2**60},
        {"sig": "c2hvcnQ="},
        {"sig": "not base64!"},
        {"prev": "c2hvcnQ="},
        {"payload": {"not": "text"}},
        {"payload": "with \0 inside"},
        {"payload": "\ud800"},
        {"type": "Not A Type"},
        {"blobs": [["zz", 1, 4]]},
        {"blobs": [["ab" * 32, 0, 4]]},
        {"blobs": [["ab" * 32, 1, 9]]},
        {"at": "yesterday"},
        {"at": "2026-03-01T00:00:00"},
        {"unknown": 1},
    ],
    ids=repr,
)
def test_a_malformed_event_is_none(change: dict[str, Any]) -> None:
    packed = spoilt(history(1), lambda document: document["events"][0].update(change))
    assert read_events(unpack(packed)) == [None]


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"not gzip",
        gzip.compress(b"not json"),
        gzip.compress(b"[]"),
        gzip.compress(b"{}"),
        gzip.compress(b"\xff\xfe"),
        gzip.compress(b"[" * 100_000),
        gzip.compress(b"{}")[:-3],
        gzip.compress(b"{}") + b"tail",
        spoilt(history(1), lambda document: document.update(events=[])),
        spoilt(history(1), lambda document: document.update(events=document["events"] * 501)),
        spoilt(history(1), lambda document: document.update(format=2)),
        spoilt(history(1), lambda document: document.update(more=1)),
    ],
    ids=range(13),
)
def test_what_is_not_a_batch_is_refused(packed: bytes) -> None:
    with pytest.raises(BatchInvalid):
        unpack(packed)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(BatchTooLarge):
        unpack(gzip.compress(b" " * (MAX_BATCH_BYTES + 1)))
    with pytest.raises(BatchTooLarge):
        unpack(bytes(MAX_PACKED_BYTES + 1))


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    for packed in (content, gzip.compress(content)):
        with pytest.raises((BatchInvalid, BatchTooLarge)):
            unpack(packed)


class TestSignatures:
    """One signature vouches for the run of events that leads up to it, and for nothing else."""

    def test_an_event_under_a_foreign_key_is_not_genuine(self) -> None:
        stranger = SigningKey(Ed25519PrivateKey.generate())
        assert genuine(history(3), stranger.public) == {}

    def test_the_last_of_a_run_vouches_for_those_before_it(self) -> None:
        events = history(3)
        events[0] = replace(events[0], signature=bytes(64))
        assert list(genuine(events, KEY.public)) == [0, 1, 2]

    def test_a_run_that_ends_in_a_forgery_is_checked_one_by_one(self) -> None:
        events = history(4)
        events[3] = replace(events[3], signature=bytes(64))
        events[1] = replace(events[1], signature=bytes(64))
        assert list(genuine(events, KEY.public)) == [0, 2]

    def test_an_event_out_of_the_chain_stands_for_itself(self) -> None:
        events = history(5)
        forged = replace(events[2], signature=bytes(64))
        assert list(genuine([events[0], forged, None, events[4]], KEY.public)) == [0, 3]
