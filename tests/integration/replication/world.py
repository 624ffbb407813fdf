"""A post and a capital as they are in the field, small: real databases, real files, real mutual TLS on loopback.

What replicates here is a toy: notes, each a line of text, written at the post beside its event and applied at the
capital into a table of its own.
"""

import gc
import os
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from sqlalchemy.orm import Session

from crossing.identity.machines import MachineDirectory
from crossing.platform.api import new_app
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import SystemClock
from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database
from crossing.platform.notify import Notices
from crossing.platform.tls import Authority, ServerTls, new_machine_key, server_config
from crossing.posts import enrolment
from crossing.posts.machine_identity import MachineDescription, MachineIdentity
from crossing.posts.service import ensure_post
from crossing.replication import models
from crossing.replication.appliers import Appliers
from crossing.replication.endpoints import capital_router, machine_router
from crossing.replication.events import BlobNote, Lane, MachineSigner, ReceivedEvent
from crossing.replication.feed.endpoints import feed_router
from crossing.replication.feed.serving import FeedService
from crossing.replication.inbox import Inbox
from crossing.replication.incoming_blobs import IncomingBlobs
from crossing.replication.link import CapitalLink
from crossing.replication.machine_keys import EnrolledMachines
from crossing.replication.outbox import Outbox
from crossing.replication.sender import Sender
from tests.factories.waiting import wait_until

CLOCK = SystemClock()
NOTE = "note.written"

_toys = sa.MetaData()
notes = sa.Table(
    "toy_notes",
    _toys,
    sa.Column("event_id", sa.Uuid, primary_key=True),
    sa.Column("machine", sa.String(40), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.UniqueConstraint("machine", "sequence"),
)


class PoisonError(Exception):
    """What the toy's applier raises for a note that says so."""


def apply_note(session: Session, event: ReceivedEvent) -> None:
    if event.payload["text"] == "poison":
        raise PoisonError
    session.execute(
        sa.insert(notes).values(
            event_id=event.event_id,
            machine=f"{event.post}/{event.machine}/{event.epoch}",
            sequence=event.sequence,
            text=event.payload["text"],
        )
    )


def note_appliers() -> Appliers:
    appliers = Appliers()
    appliers.register(NOTE, 1, apply_note)
    return appliers


def prepare(database: Database) -> None:
    """Add the toy's table."""
    _toys.create_all(database.engine)


class Capital:
    """A capital on ``folder`` and ``database``; its server runs only inside :meth:`serving`."""

    def __init__(self, folder: Path, database: Database, *, blobs: BlobStore | None = None) -> None:
        self.database = database
        self.folder = folder
        self.key = SigningKey.load_or_create(folder / "signing.key")
        self.authority = Authority(folder / "authority", name="Test authority")
        self.blobs = blobs or BlobStore(folder / "blobs", _blob_key(folder))
        self.appliers = note_appliers()
        self.inbox = Inbox(appliers=self.appliers, machines=EnrolledMachines(), signer=self.key, clock=CLOCK)
        self.feed = FeedService(machines=EnrolledMachines(), signer=self.key, clock=CLOCK)

    def app(self) -> FastAPI:
        app = new_app(title="capital", database=self.database, clock=CLOCK)
        app.state.machines = MachineDirectory()
        app.state.inbox = self.inbox
        app.state.incoming_blobs = IncomingBlobs(blobs=self.blobs, signer=self.key, clock=CLOCK)
        app.state.feed = self.feed
        app.include_router(machine_router)
        app.include_router(feed_router)
        app.include_router(capital_router)
        return app

    def config(self) -> uvicorn.Config:
        certificate, key = self.folder / "server.pem", self.folder / "server.key"
        if not certificate.exists():
            request = new_machine_key(key)
            certificate.write_bytes(self.authority.issue(request, name="capital", hosts=("127.0.0.1",)))
        tls = ServerTls(certificate, key, self.authority.certificate_path)
        return server_config(self.app(), host="127.0.0.1", port=0, tls=tls)

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[int]:
        """The machine surface on loopback; gives its port."""
        with listening(port) as listener:
            server = uvicorn.Server(self.config())
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            wait_until(lambda: server.started)
            try:
                yield listener.getsockname()[1]
            finally:
                server.should_exit = True
                thread.join(60)
                _forget_cut_connections()

    def texts(self) -> list[str]:
        """The notes that were applied, in the order of their sequence."""
        with self.database.engine.connect() as connection:
            return list(connection.scalars(sa.select(notes.c.text).order_by(notes.c.sequence)))

    def count(self, table: type[Any]) -> int:
        with self.database.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    def watermark(self) -> int:
        with self.database.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.max(models.InboxWatermark.sequence))) or 0

    def alarms(self) -> list[str]:
        with self.database.engine.connect() as connection:
            return sorted(connection.scalars(sa.select(models.InboxAlarm.kind)))


class Post:
    """A post on ``folder`` and ``database``, enrolled at ``capital``."""

    def __init__(self, folder: Path, database: Database, *, name: str = "desk-1") -> None:
        self.database = database
        self.folder = folder
        description = MachineDescription(post="NIA-1", post_name="Niangoloko", country="BFA", name=name)
        self.identity = MachineIdentity.create(folder / "machine", description)
        self.signer = MachineSigner(
            self.identity.post, self.identity.name, self.identity.epoch, self.identity.signing_key
        )
        self.blobs = BlobStore(folder / "blobs", _blob_key(folder))
        self.notices = Notices()
        self.outbox = Outbox(self.signer, CLOCK, self.notices)

    def enrol(self, capital: Capital) -> None:
        request = enrolment.read_request(enrolment.make_request(self.identity, CLOCK))
        with capital.database.unit_of_work() as session:
            ensure_post(session, code=request.post, name=request.post_name, country=request.country)
            enrolled = enrolment.admit(
                session, request, authority=capital.authority, signing_key=capital.key, now=CLOCK.now()
            )
        enrolment.accept(self.identity, enrolled.bundle)

    def write(self, text: str, *, lane: Lane = Lane.BIOGRAPHIC, images: tuple[bytes, ...] = ()) -> None:
        """One note with its images, as a room of the post writes a record."""
        kept = [self.blobs.put(image) for image in images]
        with self.database.unit_of_work() as session:
            self.outbox.append(
                session,
                lane=lane,
                type=NOTE,
                version=1,
                payload={"text": text},
                blobs=[BlobNote(blob.sha256, blob.size, Lane.IMAGES) for blob in kept],
            )

    def link(self, port: int) -> CapitalLink:
        return CapitalLink(
            f"https://127.0.0.1:{port}",
            tls=self.identity.client_tls(),
            capital_key=self.identity.capital_signing_key(),
            signer=self.signer,
        )

    def sender(self, port: int, *, interval_s: float = 0.1) -> Sender:
        return Sender(
            database=self.database,
            blobs=self.blobs,
            connect=lambda: self.link(port),
            signer=self.signer,
            clock=CLOCK,
            notices=self.notices,
            interval_s=interval_s,
        )

    @contextmanager
    def sending(self, port: int) -> Iterator[Sender]:
        sender = self.sender(port)
        sender.start()
        try:
            yield sender
        finally:
            sender.stop()

    def waiting(self) -> int:
        """Events and blobs that no receipt stands for yet."""
        with self.database.engine.connect() as connection:
            return sum(
                connection.scalar(sa.select(sa.func.count()).select_from(table).where(table.state != "receipted"))
                or 0
                for table in (models.OutboxDelivery, models.OutboxUpload)
            )

    def outcomes(self) -> list[str | None]:
        with self.database.engine.connect() as connection:
            return list(
                connection.scalars(sa.select(models.OutboxDelivery.outcome).order_by(models.OutboxDelivery.sequence))
            )


def _forget_cut_connections() -> None:
    """A server that stops does not wait for its peers' TLS farewell, so some sockets are closed by the collector.

    They are young; to walk all that a test run keeps takes three seconds of the processor."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect(1)


def listening(port: int = 0) -> socket.socket:
    """A listening socket on loopback, on a free port unless one is named."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def noise(size: int) -> bytes:
    """Bytes that do not compress, as those of a photograph do not."""
    return os.urandom(size)


def _blob_key(folder: Path) -> bytes:
    return SigningKey.load_or_create(folder / "blob.key").public
