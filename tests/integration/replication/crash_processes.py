"""The two processes that the crash tests kill: a post that writes and sends, and a capital that takes in."""

import random
import time
from multiprocessing.connection import Connection
from pathlib import Path

import uvicorn

from crossing.platform.db import Database, open_postgres, open_sqlcipher
from crossing.platform.logs import configure
from tests.integration.replication.world import Capital, Post, listening, noise


def post_process(folder: Path, key: bytes, port: int, life: int, say: Connection) -> None:
    """Write notes as fast as a busy post never does, and say each after its commit; send all the while."""
    configure(level="ERROR")
    post = Post(folder, Database(open_sqlcipher(folder / "post.db", key)))
    sender = post.sender(port, interval_s=0.05)
    sender.start()
    number = 0
    while True:
        text = f"{life}-{number}"
        post.write(text, images=(noise(random.randrange(1_000, 30_000)),) if number % 4 == 0 else ())
        say.send(text)
        number += 1
        time.sleep(random.uniform(0, 0.02))


def capital_process(folder: Path, url: str, port: int, say: Connection) -> None:
    """Serve until killed; says when it does."""
    configure(level="CRITICAL")
    capital = Capital(folder, Database(open_postgres(url)))
    with listening(port) as listener:
        say.send("listening")
        uvicorn.Server(capital.config()).run(sockets=[listener])
