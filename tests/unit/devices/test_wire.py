"""What agent and worker say to each other survives any bytes; how long a worker waits to be started again."""

import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.devices import DeviceFault
from crossing_devices.process import Death
from crossing_devices.restarts import GOOD_S, TOLD_S, Restarts
from crossing_devices.wire import MAX_BODY_BYTES, MAX_HEAD_BYTES, Wire, WireClosed, WireGarbled

CRASH = Death(DeviceFault.FAILED, "crashed (signal 11)")


@pytest.fixture
def ends() -> Iterator[tuple[Wire, socket.socket]]:
    ours, theirs = socket.socketpair()
    with theirs:
        wire = Wire(ours)
        yield wire, theirs
        wire.close()


@given(
    head=st.dictionaries(st.text(max_size=20), st.one_of(st.integers(), st.text(max_size=50), st.none()), max_size=5),
    body=st.binary(max_size=2000),
)
def test_a_message_arrives_as_it_was_sent(head: dict[str, int | str | None], body: bytes) -> None:
    ours, theirs = (Wire(end) for end in socket.socketpair())
    ours.send(head, body)
    assert theirs.receive() == (head, body)
    ours.close()
    with pytest.raises(WireClosed):
        theirs.receive()
    theirs.close()


@given(noise=st.binary(max_size=400))
def test_noise_is_garbled_or_an_end_and_never_anything_else(noise: bytes) -> None:
    ours, theirs = socket.socketpair()
    wire = Wire(ours)
    with theirs:
        theirs.sendall(noise)
    with pytest.raises((WireClosed, WireGarbled)):
        _receive_all(wire)
    wire.close()


def _receive_all(wire: Wire) -> None:
    while True:
        wire.receive()


@pytest.mark.parametrize(
    "message",
    [
        struct.pack("!II", MAX_HEAD_BYTES + 1, 0),
        struct.pack("!II", 2, MAX_BODY_BYTES + 1),
        struct.pack("!II", 2, 0) + b"[]",
        struct.pack("!II", 2, 0) + b"\xff\xff",
        struct.pack("!II", 20_000, 0) + b"[" * 20_000,
    ],
    ids=["head too large", "body too large", "a list", "not UTF-8", "too deep"],
)
def test_what_is_too_large_or_no_object_is_not_taken(ends: tuple[Wire, socket.socket], message: bytes) -> None:
    wire, theirs = ends
    theirs.sendall(message)
    with pytest.raises(WireGarbled):
        wire.receive()


def test_a_worker_is_started_at_once_then_later_and_later_and_told_about(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("crossing_devices.restarts.time.monotonic", lambda: now)
    book = Restarts()
    assert (book.due_in_s, book.told) == (0, "")
    for wait in (0, 1, 2, 4, 7, 10, 10):
        book.note_start()
        now += 5
        book.note_death(CRASH)
        assert book.due_in_s == wait
        assert book.told.startswith("the driver crashed (signal 11) at ")
        assert "; it is started again at " in book.waiting
    book.note_start()
    now += GOOD_S
    book.note_death(CRASH)
    assert book.due_in_s == 0
    now += TOLD_S
    assert book.told == ""
