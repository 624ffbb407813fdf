"""The capital's machine surface over real mutual TLS: what it takes, from whom, and what it says to all else."""

import gzip
import hashlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database
from crossing.platform.http import Client, Response, http_client
from crossing.replication import deliveries, models, status
from crossing.replication.events import GENESIS, MachineSigner
from crossing.replication.incoming_blobs import MAX_PIECE_BYTES
from crossing.replication.schemas import PostStatus
from crossing.replication.wire import MAX_PACKED_BYTES, pack
from tests.factories.databases import sqlcipher_database
from tests.factories.waiting import wait_until
from tests.integration.replication.world import Capital, Post, noise, prepare

INSTANCE = "0123456789abcdef"


class Caller:
    """A machine that speaks the protocol by hand."""

    def __init__(self, post: Post, client: Client) -> None:
        self.post = post
        self._client = client

    def hello(self, instance: str = INSTANCE, **changes: Any) -> Response:
        with self.post.database.unit_of_work() as session:
            heads = deliveries.heads(session, self.post.signer.ref)
        body = {
            "post": self.post.signer.post,
            "machine": self.post.signer.machine,
            "epoch": self.post.signer.epoch,
            "instance": instance,
            "heads": [
                {"epoch": head.epoch, "last_sequence": head.last_sequence, "last_hash": head.last_hash.hex()}
                for head in heads
            ]
            or [{"epoch": 1, "last_sequence": 0, "last_hash": GENESIS.hex()}],
        }
        return self._client.post("/sync/v1/hello", json={**body, **changes})

    def events(self, content: bytes) -> Response:
        return self._client.post("/sync/v1/events", content=content)

    def everything(self, instance: str = INSTANCE) -> bytes:
        with self.post.database.unit_of_work() as session:
            return pack(deliveries.next_events(session, self.post.signer.ref, limit=100), instance=instance)

    def piece(self, sha256: str, offset: int, content: bytes, instance: str = INSTANCE) -> Response:
        headers = {"Upload-Offset": str(offset), "Crossing-Instance": instance}
        return self._client.patch(f"/sync/v1/blobs/{sha256}", content=content, headers=headers)

    def progress(self, sha256: str, instance: str = INSTANCE) -> Response:
        return self._client.head(f"/sync/v1/blobs/{sha256}", headers={"Crossing-Instance": instance})


@pytest.fixture
def caller(capital: Capital, post: Post) -> Iterator[Caller]:
    with (
        capital.serving() as port,
        http_client(f"https://127.0.0.1:{port}", tls=post.identity.client_tls()) as client,
    ):
        yield Caller(post, client)


def problem(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_nobody_gets_in_without_a_certificate_of_the_capital(capital: Capital) -> None:
    authority = ssl.create_default_context(cafile=str(capital.authority.certificate_path))
    with (
        capital.serving() as port,
        socket.create_connection(("127.0.0.1", port)) as line,
        authority.wrap_socket(line, server_hostname="127.0.0.1") as stranger,
    ):
        assert _answer(stranger, b"POST /sync/v1/hello HTTP/1.1\r\nHost: capital\r\n\r\n") == b""


def test_a_machine_speaks_for_itself_alone(caller: Caller) -> None:
    assert problem(caller.hello(machine="desk-9")) == (403, "not_this_machine")
    assert problem(caller.hello(post="KAY-2")) == (403, "not_this_machine")
    assert problem(caller.hello(epoch=2)) == (409, "epoch_mismatch")


def test_events_of_another_machine_are_refused(caller: Caller) -> None:
    caller.hello()
    caller.post.write("mine")
    other = MachineSigner("NIA-1", "desk-9", 1, caller.post.signer.key)
    with caller.post.database.unit_of_work() as session:
        session.execute(sa.text("DROP TRIGGER outbox_events_no_update"))
        session.execute(sa.update(models.OutboxEvent).values(machine=other.machine))
        batch = pack(deliveries.next_events(session, other.ref, limit=1), instance=INSTANCE)
    assert problem(caller.events(batch)) == (403, "not_this_machine")


def test_a_machine_says_hello_before_anything_else(caller: Caller) -> None:
    caller.post.write("too early")
    assert problem(caller.events(caller.everything())) == (409, "hello_required")
    assert caller.progress("ab" * 32).status_code == 409


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (422, "batch_invalid")),
        (b"\x1f\x8b broken", (422, "batch_invalid")),
        (gzip.compress(b'{"format":1}'), (422, "batch_invalid")),
        (bytes(MAX_PACKED_BYTES + 1), (413, "batch_too_large")),
    ],
    ids=["empty", "broken", "incomplete", "huge"],
)
def test_a_batch_that_cannot_be_read_is_one_clear_problem(
    caller: Caller, content: bytes, expected: tuple[int, str]
) -> None:
    caller.hello()
    assert problem(caller.events(content)) == expected


def test_events_that_are_not_signed_by_their_machine_are_not_kept(capital: Capital, caller: Caller) -> None:
    caller.hello()
    caller.post.outbox.signer = MachineSigner("NIA-1", "desk-1", 1, _stranger(caller.post.folder))
    caller.post.write("forged")
    assert caller.events(caller.everything()).json()["verdicts"] == ["refused:signature"]
    assert capital.count(models.InboxEvent) == 0


def test_only_announced_blobs_are_taken_and_only_as_announced(capital: Capital, caller: Caller) -> None:
    image = noise(3_000)
    sha256 = hashlib.sha256(image).hexdigest()
    caller.post.write("with an image", images=(image,))
    caller.hello()
    assert caller.progress(sha256).status_code == 404
    assert problem(caller.piece(sha256, 0, image)) == (404, "blob_not_announced")
    caller.events(caller.everything())
    assert caller.progress(sha256).headers["Upload-Offset"] == "0"
    assert problem(caller.piece(sha256, 0, b"")) == (422, "blob_piece_invalid")
    assert problem(caller.piece(sha256, 0, image + b"more")) == (422, "blob_piece_invalid")
    assert problem(caller.piece(sha256, 0, bytes(MAX_PIECE_BYTES + 1))) == (422, "blob_piece_invalid")
    assert caller.piece(sha256, 0, image[:1_000]).headers["Upload-Offset"] == "1000"
    offset = caller.piece(sha256, 0, image[:1_000])
    assert problem(offset) == (409, "offset_mismatch")
    assert offset.json()["offset"] == 1_000
    done = caller.piece(sha256, 1_000, image[1_000:])
    assert done.headers["Upload-Offset"] == "3000"
    assert "Crossing-Signature" in done.headers
    assert "Crossing-Signature" in caller.progress(sha256).headers
    assert capital.blobs.get(sha256) == image


def test_a_blob_that_is_not_what_was_announced_starts_over(capital: Capital, caller: Caller) -> None:
    image = noise(2_000)
    sha256 = hashlib.sha256(image).hexdigest()
    caller.post.write("with an image", images=(image,))
    caller.hello()
    caller.events(caller.everything())
    assert problem(caller.piece(sha256, 0, bytes(2_000))) == (409, "blob_mismatch")
    assert caller.progress(sha256).headers["Upload-Offset"] == "0"
    assert caller.piece(sha256, 0, image).status_code == 204
    assert capital.blobs.get(sha256) == image


def test_a_crash_between_the_last_piece_and_its_check_is_made_good(capital: Capital, caller: Caller) -> None:
    image = noise(2_000)
    sha256 = hashlib.sha256(image).hexdigest()
    caller.post.write("with an image", images=(image,))
    caller.hello()
    caller.events(caller.everything())
    capital.blobs.append(sha256, 0, image)
    assert "Crossing-Signature" in caller.progress(sha256).headers
    assert capital.blobs.get(sha256) == image


def test_a_refused_installation_leaves_one_alarm_however_often_it_tries(capital: Capital, caller: Caller) -> None:
    assert caller.hello().status_code == 200
    caller.post.write("by another installation")
    for _ in range(3):
        assert problem(caller.hello("f" * 16)) == (409, "instance_conflict")
        assert problem(caller.events(caller.everything("f" * 16))) == (409, "instance_conflict")
        assert caller.progress("ab" * 32, "f" * 16).status_code == 409
    assert capital.alarms() == ["instance_conflict"]
    assert capital.texts() == []


def test_both_sides_say_where_they_stand(capital: Capital, post: Post, tmp_path: Path) -> None:
    image = noise(5_000)
    post.write("quarantined later", images=(image,))
    post.write("poison")
    before = _post_status(post)
    assert [(lane.events, lane.blobs, lane.blob_bytes) for lane in before.lanes] == [
        (0, 0, 0),
        (2, 0, 0),
        (0, 0, 0),
        (0, 1, 5_000),
    ]
    assert before.lanes[1].oldest_at is not None
    with capital.serving() as port, post.sending(port) as sender:
        wait_until(lambda: post.waiting() == 0)
        wait_until(lambda: sender.status().state == "idle")
        with post.database.unit_of_work() as session:
            after = status.of_post(session, post.signer, sender.status(), None)
    assert all((lane.events, lane.blobs, lane.oldest_at) == (0, 0, None) for lane in after.lanes)
    assert (after.last_sequence, after.quarantined, after.forks) == (2, 1, 0)
    assert after.sender is not None
    assert after.sender.watermark == 2
    with capital.database.unit_of_work() as session:
        (machine,) = status.of_capital(session).machines
    assert (machine.post, machine.machine, machine.watermark, machine.highest) == ("NIA-1", "desk-1", 2, 2)
    assert (machine.missing, machine.quarantined, machine.forks, machine.blobs_awaited) == (0, 1, 0, 0)
    assert machine.last_contact_at is not None


def test_the_database_of_a_post_that_never_wrote_has_a_status_too(tmp_path: Path) -> None:
    database: Database = sqlcipher_database(tmp_path)
    prepare(database)
    assert _post_status(Post(tmp_path, database)).last_sequence == 0


def _answer(line: ssl.SSLSocket, question: bytes) -> bytes:
    """What comes back; nothing where the other side hangs up, with an alert or without."""
    try:
        line.sendall(question)
        return line.recv(1)
    except OSError:
        return b""


def _post_status(post: Post) -> PostStatus:
    with post.database.unit_of_work() as session:
        return status.of_post(session, post.signer, None, None)


def _stranger(folder: Path) -> SigningKey:
    return SigningKey.load_or_create(folder / "stranger.key")
