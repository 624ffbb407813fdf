"""What replication costs: bytes on the wire, events a second at the capital, and how it behaves on a narrow link.

    python -m benchmarks.replication [--batches N] [--posts N] [--no-link]

Ingest: the capital is a process of its own with its real machine surface (mutual TLS) on embedded PostgreSQL; a few
posts at once send it batches of 100 signed movement records. Beside it, in the same run, psycopg alone inserts the
same rows with ``executemany`` and ``ON CONFLICT DO NOTHING``, one transaction for each 100. The two take turns, so
that whatever else the machine does weighs on both. Each post signs its history and packs its batches beforehand: that
is its own machine's work. The goal is a ratio of at least 0.5.

Link: one post behind 128 kbit/s and 600 ms, with images queued and an alert now and then. The goals are alerts within
2 s and the round trip at the 95th percentile, and 85 % of the link used for content.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import psycopg
import uvicorn
from psycopg.types.json import Jsonb
from tests.factories.databases import postgres_database, sqlcipher_database
from tests.integration.replication.narrow_link import NarrowLink
from tests.integration.replication.world import Capital, Post, prepare, wait_until

from crossing.identity.machines import MachineDirectory
from crossing.movements.schemas import (
    CrossingCase,
    Direction,
    EvidenceLevel,
    Images,
    KnownAtDecision,
    MovementOutcome,
    MovementRecord,
    Person,
    Stay,
    TravelDocument,
)
from crossing.movements.service import RECORDED, RECORDED_VERSION
from crossing.platform import migrations
from crossing.platform.api import new_app
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import SystemClock
from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database, open_postgres
from crossing.platform.db.embedded import start_embedded_postgres
from crossing.platform.http import Client, http_client
from crossing.platform.ids import new_id
from crossing.platform.logs import configure
from crossing.platform.tls import Authority, ServerTls, new_machine_key, server_config
from crossing.posts import enrolment
from crossing.posts.machine_identity import MachineDescription, MachineIdentity
from crossing.posts.service import ensure_post
from crossing.replication.appliers import Appliers
from crossing.replication.endpoints import machine_router
from crossing.replication.events import (
    GENESIS,
    BlobNote,
    Envelope,
    Lane,
    MachineSigner,
    SignedEvent,
    payload_text,
    sign,
)
from crossing.replication.inbox import Inbox
from crossing.replication.incoming_blobs import IncomingBlobs
from crossing.replication.machine_keys import EnrolledMachines
from crossing.replication.outbox import event_values
from crossing.replication.schemas import HeadIn, HelloIn
from crossing.replication.wire import pack
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult

BATCH = 100
CLOCK = SystemClock()
INSTANCE = "0123456789abcdef"
SURNAMES = ("Ouédraogo", "Traoré", "Diallo", "Sawadogo", "Keïta", "Coulibaly", "Zongo", "Maïga")
GIVEN = ("Aminata", "Issouf", "Fatoumata", "Moussa", "Salif", "Mariam", "Adama", "Rasmané")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--batches", type=int, default=20, help="batches of each post in each of 3 turns")
    options.add_argument("--posts", type=int, default=4)
    options.add_argument("--no-link", action="store_true", help="leave the narrow link out; it takes a minute")
    options.add_argument("--serve", nargs=3, metavar=("FOLDER", "DATABASE", "FD"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.serve:
        folder, url, descriptor = chosen.serve
        serve(Path(folder), url, int(descriptor))
        return
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        url, stop = start_embedded_postgres(folder / "postgres")
        try:
            report_wire(history(MachineSigner("NIA-1", "desk-1", 1, capital_key(folder)), 1000))
            report_ingest(folder, url, posts=chosen.posts, count=chosen.batches)
            if not chosen.no_link:
                report_link(folder / "link", url)
        finally:
            stop()


def report_wire(events: Sequence[SignedEvent]) -> None:
    payload = median(len(event.envelope.payload.encode()) for event in events)
    alone = median(len(pack([event], instance=INSTANCE)) for event in events[:200])
    print(f"movement record: {payload:.0f} bytes of payload")
    print(f"  on the wire, alone: {alone:.0f} bytes compressed, signature and chain included")
    for size in (10, 25, 100):
        packed = median(len(pack(batch, instance=INSTANCE)) / size for batch in batches(events, size))
        print(f"  on the wire, in batches of {size}: {packed:.0f} bytes each")


def report_ingest(folder: Path, url: str, *, posts: int, count: int) -> None:
    database = Database(open_postgres(url))
    migrations.upgrade(database.engine)
    machines = [machine(folder, f"desk-{number}") for number in range(1, posts + 1)]
    for identity in machines:
        enrol(folder, database, identity)
    database.close()
    with capital(folder, url) as port, psycopg.connect(url) as alone:
        through, beside = take_turns(port, machines, count, alone)
    events = posts * count * BATCH
    print(
        f"capital, batches of {BATCH} over mutual TLS, {posts} posts at once: {events / median(through):.0f} events/s"
    )
    print(f"psycopg executemany alone: {events / median(beside):.0f} rows/s")
    print(f"ratio: {median(beside) / median(through):.2f} (goal: at least 0.50)")


def take_turns(
    port: int, machines: Sequence[MachineIdentity], count: int, alone: Any
) -> tuple[list[float], list[float]]:
    """Seconds for ``count`` batches of every post, through the capital and through psycopg alone, in three turns."""
    histories = [history(signer_of(identity), (3 * count + 2) * BATCH) for identity in machines]
    queues = [[pack(batch, instance=INSTANCE) for batch in batches(events, BATCH)] for events in histories]
    clients = [
        http_client(f"https://127.0.0.1:{port}", tls=identity.client_tls(), connect_s=30, total_s=60)
        for identity in machines
    ]
    for client, identity, events in zip(clients, machines, histories, strict=True):
        greet(client, signer_of(identity), events)
    for client, queue in zip(clients, queues, strict=True):
        send(client, [queue.pop(0), queue.pop(0)])
    alone.execute("CREATE TABLE alone AS SELECT * FROM inbox_events WHERE false")
    alone.execute("ALTER TABLE alone ADD PRIMARY KEY (event_id)")
    alone.execute("CREATE UNIQUE INDEX ON alone (post, machine, epoch, sequence)")
    alone.commit()
    rows = [[adapted(event) for event in batch] for events in histories for batch in batches(events, BATCH)]
    columns = list(event_values(histories[0][0]))
    through, beside = [], []
    for _ in range(3):
        started = time.perf_counter()
        with ThreadPoolExecutor(len(clients)) as pool:
            turns = [[queue.pop(0) for _ in range(count)] for queue in queues]
            list(pool.map(send, clients, turns))
        through.append(time.perf_counter() - started)
        turn = [rows.pop(0) for _ in range(count * len(machines))]
        started = time.perf_counter()
        for batch in turn:
            insert_alone(alone, columns, batch)
        beside.append(time.perf_counter() - started)
    for client in clients:
        client.close()
    return through, beside


def greet(client: Client, signer: MachineSigner, events: Sequence[SignedEvent]) -> None:
    head = HeadIn(epoch=signer.epoch, last_sequence=len(events), last_hash=events[-1].hash.hex())
    body = HelloIn(post=signer.post, machine=signer.machine, epoch=signer.epoch, instance=INSTANCE, heads=[head])
    client.post("/sync/v1/hello", json=body.model_dump(mode="json")).raise_for_status()


def send(client: Client, packed: Sequence[bytes]) -> None:
    for batch in packed:
        answer = client.post("/sync/v1/events", content=batch)
        assert answer.json()["verdicts"] == ["applied"] * BATCH, answer.text


def insert_alone(connection: Any, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    places = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO alone ({', '.join(columns)}) VALUES ({places}) ON CONFLICT DO NOTHING"
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
    connection.commit()


def adapted(event: SignedEvent) -> tuple[Any, ...]:
    values = event_values(event).values()
    return tuple(Jsonb(value) if isinstance(value, list) else value for value in values)


def report_link(folder: Path, url: str, *, rate: int = 16_000, delay_s: float = 0.3) -> None:
    """Sixteen images of 50 KB over the link, and an alert every two seconds while they go."""
    (folder / "capital").mkdir(parents=True)
    (folder / "post").mkdir()
    with postgres_database(url) as database:
        prepare(database)
        there = Capital(folder / "capital", database)
        here = Post(folder / "post", sqlcipher_database(folder / "post"))
        here.enrol(there)
        latencies: list[float] = []
        images = tuple(os.urandom(50_000) for _ in range(16))
        here.write("with images", images=images)
        with there.serving() as port, NarrowLink(port, rate=rate, delay_s=delay_s).up() as link:
            with here.sending(link.port):
                wait_until(lambda: link.carried > 30_000, within_s=60)
                started, carried = time.monotonic(), link.carried
                while here.waiting() > 2:
                    latencies.append(alert(here, there, len(latencies)))
                    time.sleep(2)
                elapsed, carried = time.monotonic() - started, link.carried - carried
                wait_until(lambda: here.waiting() == 0, within_s=120)
            whole = link.carried
        here.database.close()
    worst = sorted(latencies)[min(int(len(latencies) * 0.95), len(latencies) - 1)]
    content = sum(map(len, images)) / whole
    print(f"link of {rate * 8 // 1000} kbit/s and {2000 * delay_s:.0f} ms, images queued:")
    print(f"  alerts: median {median(latencies):.1f} s, 95th percentile {worst:.1f} s of {len(latencies)}")
    print(f"  link used: {carried / elapsed / rate:.0%}, of that content: {content:.0%}")


def alert(here: Post, there: Capital, number: int) -> float:
    """Seconds from the commit at the post to the commit at the capital."""
    text = f"alert {number}"
    here.write(text, lane=Lane.ALERT)
    started = time.monotonic()
    wait_until(lambda: text in there.texts(), within_s=60)
    return time.monotonic() - started


def history(signer: MachineSigner, count: int) -> list[SignedEvent]:
    """``count`` movements of one machine, signed and chained."""
    random = Random(7)
    moment = datetime(2026, 3, 1, 6, tzinfo=UTC)
    events: list[SignedEvent] = []
    for sequence in range(1, count + 1):
        moment += timedelta(seconds=45, microseconds=random.randrange(10**6))
        movement = record(random, moment)
        hashes = [value for value in movement.images.model_dump().values() if value]
        envelope = Envelope(
            event_id=new_id(),
            post=signer.post,
            machine=signer.machine,
            epoch=signer.epoch,
            sequence=sequence,
            previous=events[-1].hash if events else GENESIS,
            lane=Lane.BIOGRAPHIC,
            type=RECORDED,
            version=RECORDED_VERSION,
            occurred_at=moment,
            payload=payload_text(movement.model_dump(mode="json")),
            blobs=tuple(BlobNote(sha256, random.randrange(15_000, 400_000), Lane.IMAGES) for sha256 in hashes),
        )
        events.append(sign(envelope, signer.key))
    return events


def record(random: Random, moment: datetime) -> MovementRecord:
    checks = (
        check(random, moment, CheckKind.DOCUMENT_VALIDITY, ""),
        check(random, moment, CheckKind.FACE_MATCH, ""),
        check(random, moment, CheckKind.NAME_LIST, "national"),
        check(random, moment, CheckKind.INTERPOL_SLTD, "interpol"),
    )
    return MovementRecord(
        movement_id=new_id(),
        traveller_id=new_id(),
        session_id=new_id(),
        post="NIA-1",
        lane="1",
        direction=random.choice((Direction.ENTRY, Direction.EXIT)),
        case=CrossingCase.DOCUMENT,
        outcome=MovementOutcome.ADMITTED,
        occurred_at=moment,
        person=Person(
            surname=random.choice(SURNAMES),
            given_names=random.choice(GIVEN),
            birth_date=f"{random.randrange(1950, 2010)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}",
            sex=random.choice("MF"),
            nationality=random.choice(("BFA", "MLI", "CIV", "NER")),
        ),
        document=TravelDocument(
            type="P", number=f"A{random.randrange(10**7):07}", issuing_state="BFA", expiry_date=moment.date()
        ),
        evidence_level=EvidenceLevel.DOCUMENT,
        stay=Stay(regime="ecowas", until=moment.date() + timedelta(days=90), days=90),
        decided_by="awa.sanou",
        known_at_decision=KnownAtDecision(checks=checks, decided_after_ms=random.randrange(15_000, 60_000)),
        images=Images(page=random.randbytes(32).hex(), live=random.randbytes(32).hex()),
    )


def check(random: Random, moment: datetime, kind: CheckKind, source: str) -> CheckResult:
    return CheckResult(
        kind=kind,
        outcome=CheckOutcome.CLEAR,
        source=source,
        source_version="2026-02-27" if source else "",
        source_as_of=datetime(2026, 2, 27, tzinfo=UTC) if source else None,
        performed_at=moment - timedelta(milliseconds=random.randrange(20_000)),
        duration_ms=round(random.uniform(1, 400), 1),
    )


def batches(events: Sequence[SignedEvent], size: int) -> Iterator[Sequence[SignedEvent]]:
    for at in range(0, len(events) - size + 1, size):
        yield events[at : at + size]


def machine(folder: Path, name: str) -> MachineIdentity:
    description = MachineDescription(post="NIA-1", post_name="Niangoloko", country="BFA", name=name)
    return MachineIdentity.create(folder / name, description)


def signer_of(identity: MachineIdentity) -> MachineSigner:
    return MachineSigner(identity.post, identity.name, identity.epoch, identity.signing_key)


def enrol(folder: Path, database: Database, identity: MachineIdentity) -> None:
    request = enrolment.read_request(enrolment.make_request(identity, CLOCK))
    with database.unit_of_work() as session:
        ensure_post(session, code=request.post, name=request.post_name, country=request.country)
        enrolled = enrolment.admit(
            session, request, authority=authority(folder), signing_key=capital_key(folder), now=CLOCK.now()
        )
    enrolment.accept(identity, enrolled.bundle)


def authority(folder: Path) -> Authority:
    return Authority(folder / "authority", name="Benchmark authority")


def capital_key(folder: Path) -> SigningKey:
    return SigningKey.load_or_create(folder / "capital.key")


@contextmanager
def capital(folder: Path, url: str) -> Iterator[int]:
    """The capital's machine surface in a process of its own; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.replication", "--serve", str(folder), url, str(listener.fileno())],
        pass_fds=[listener.fileno()],
    )
    try:
        yield listener.getsockname()[1]
    finally:
        server.terminate()
        server.wait(20)
        listener.close()


def serve(folder: Path, url: str, descriptor: int) -> None:
    configure(level="WARNING")
    database = Database(open_postgres(url))
    app = new_app(title="capital", database=database, clock=CLOCK)
    app.state.machines = MachineDirectory()
    appliers = Appliers()
    appliers.register(RECORDED, RECORDED_VERSION, lambda session, event: None)
    signer = capital_key(folder)
    app.state.inbox = Inbox(appliers=appliers, machines=EnrolledMachines(), signer=signer, clock=CLOCK)
    blobs = BlobStore(folder / "blobs", os.urandom(32))
    app.state.incoming_blobs = IncomingBlobs(blobs=blobs, signer=signer, clock=CLOCK)
    app.include_router(machine_router)
    key = folder / "server.key"
    certificate = folder / "server.pem"
    certificate.write_bytes(authority(folder).issue(new_machine_key(key), name="server", hosts=("127.0.0.1",)))
    tls = ServerTls(certificate, key, authority(folder).certificate_path)
    config = server_config(app, host="127.0.0.1", port=0, tls=tls)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main()
