"""The process that the crash test kills: a machine whose wanted engine is not the one that serves."""

import threading
from multiprocessing.connection import Connection
from pathlib import Path

from crossing import tables  # noqa: F401 - a session needs every table's model
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database, open_sqlcipher
from crossing.platform.logs import configure
from tests.factories.clock import StandingClock
from tests.integration.faces.change import Slow, started


def retemplate(folder: Path, key: bytes, say: Connection) -> None:
    """Make templates one by one; says when a picture is in hand, and goes on when told to."""
    configure(level="CRITICAL")
    database = Database(open_sqlcipher(folder / "post.db", key))
    blobs = BlobStore(folder / "blobs", key)
    engine = Slow()
    with started(database, blobs, StandingClock(), engine) as machine:
        threading.Thread(target=_in_step, args=(engine, say), daemon=True).start()
        machine.retemplater.run_once()
        say.send(machine.faces.engine.name)


def _in_step(engine: Slow, say: Connection) -> None:
    while True:
        engine.reached.acquire()
        say.send("in hand")
        say.recv()
        engine.go_on.release()
