"""Events: one canonical form, one hash, one signature; nothing in them can be changed unnoticed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crossing.platform.crypto import SigningKey
from crossing.replication.errors import EventInvalid
from crossing.replication.events import (
    GENESIS,
    MAX_PAYLOAD_BYTES,
    BlobNote,
    Envelope,
    Lane,
    canonical,
    payload_text,
    sign,
)
from crossing.replication.receipts import (
    Outcome,
    Verdict,
    blob_receipt,
    events_receipt,
    receipt_holds,
    sign_receipt,
)

KEY = SigningKey(Ed25519PrivateKey.generate())
MOMENT = datetime(2026, 3, 1, 6, 30, 15, 250, tzinfo=UTC)
ENVELOPE = Envelope(
    event_id=UUID("01957d2e-7c00-7000-8000-000000000001"),
    post="NIA-1",
    machine="desk-1",
    epoch=1,
    sequence=7,
    previous=GENESIS,
    lane=Lane.BIOGRAPHIC,
    type="movement.recorded",
    version=1,
    occurred_at=MOMENT,
    payload='{"name":"Aminata"}',
    blobs=(BlobNote("ab" * 32, 1234, Lane.IMAGES),),
)


def test_a_signature_holds_for_what_was_signed() -> None:
    assert sign(ENVELOPE, KEY).holds(KEY.public)


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": UUID(int=5)},
        {"post": "NIA-2"},
        {"machine": "desk-2"},
        {"epoch": 2},
        {"sequence": 8},
        {"previous": b"\1" * 32},
        {"lane": Lane.ALERT},
        {"type": "movement.corrected"},
        {"version": 2},
        {"occurred_at": MOMENT + timedelta(microseconds=1)},
        {"payload": '{"name":"Aminatou"}'},
        {"blobs": ()},
        {"blobs": (BlobNote("ab" * 32, 1235, Lane.IMAGES),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_an_event_is_under_its_signature(change: dict[str, object]) -> None:
    signed = sign(ENVELOPE, KEY)
    changed = replace(ENVELOPE, **change)  # type: ignore[arg-type]
    assert changed.hash() != signed.hash
    assert not replace(signed, envelope=changed, hash=changed.hash()).holds(KEY.public)


def test_the_hash_knows_the_instant_and_not_how_it_is_written() -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert replace(ENVELOPE, occurred_at=elsewhere).hash() == ENVELOPE.hash()


@given(st.dictionaries(st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=20)))
def test_canonical_json_does_not_depend_on_the_order_of_keys(document: dict[str, object]) -> None:
    backwards = dict(reversed(document.items()))
    try:
        assert canonical(document) == canonical(backwards)
    except EventInvalid:
        assert any(0xD800 <= ord(c) <= 0xDFFF for part in document.items() for c in f"{part[0]}{part[1]}")


@pytest.mark.parametrize("unsayable", [float("nan"), float("inf"), b"bytes", {1, 2}, "\ud800", datetime.now(UTC)])
def test_what_json_cannot_say_is_refused_where_it_is_written(unsayable: object) -> None:
    with pytest.raises(EventInvalid):
        payload_text({"value": unsayable})


def test_a_payload_has_a_limit() -> None:
    with pytest.raises(EventInvalid):
        payload_text({"text": "x" * MAX_PAYLOAD_BYTES})


@pytest.mark.parametrize("payload", ["[]", '"text"', "null", "{", "[" * 100_000])
def test_an_applier_is_never_given_anything_but_an_object(payload: str) -> None:
    with pytest.raises(EventInvalid):
        replace(ENVELOPE, payload=payload).received()


def test_a_receipt_names_each_event_by_its_hash_and_leaves_refused_ones_out() -> None:
    kept = sign(ENVELOPE, KEY)
    refused = sign(replace(ENVELOPE, sequence=8), KEY)
    verdicts = [(kept, Verdict(Outcome.APPLIED)), (refused, Verdict(Outcome.REFUSED, "signature"))]
    document = events_receipt(verdicts, of=ENVELOPE.ref, received_at=MOMENT)
    assert kept.hash.hex() in document.decode()
    assert refused.hash.hex() not in document.decode()
    signature = sign_receipt(document, KEY)
    assert receipt_holds(document, signature, KEY.public)
    other = [(replace(kept, hash=b"\1" * 32), Verdict(Outcome.APPLIED))]
    assert not receipt_holds(events_receipt(other, of=ENVELOPE.ref, received_at=MOMENT), signature, KEY.public)


def test_an_event_cannot_be_passed_off_as_a_receipt() -> None:
    document = blob_receipt(sha256="ab" * 32, size=5, of=ENVELOPE.ref, received_at=MOMENT)
    assert not receipt_holds(document, KEY.sign(document), KEY.public)
