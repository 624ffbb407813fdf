"""kill -9 of either side at any moment: what was acknowledged is at the capital, once, and its chain verifies."""

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crossing.platform import migrations
from crossing.platform.db import Database, open_sqlcipher
from crossing.replication import models
from crossing.replication.events import GENESIS
from tests.factories.waiting import wait_until
from tests.integration.replication import crash_processes
from tests.integration.replication.world import Capital, Post, listening, prepare

KEY = bytes(range(32))
_spawning = multiprocessing.get_context("forkserver")
_spawning.set_forkserver_preload([crash_processes.__name__])


class Killable:
    """A process that is started again after each ``kill -9``; what it said before is still heard after."""

    def __init__(self, target: Any, *args: Any) -> None:
        self._target = target
        self._args = args
        self._process: BaseProcess | None = None
        self._ear: Connection | None = None
        self.heard: list[str] = []

    def start(self, *more: Any) -> None:
        self._ear, mouth = _spawning.Pipe(duplex=False)
        process = _spawning.Process(target=self._target, args=(*self._args, *more, mouth), daemon=True)
        process.start()
        self._process = process
        mouth.close()

    def listen(self) -> None:
        """Take in what was said, to the last word where the process is dead."""
        assert self._ear is not None
        try:
            while self._ear.poll():
                self.heard.append(self._ear.recv())
        except EOFError:
            pass

    def kill(self) -> None:
        assert self._process is not None
        assert self._ear is not None
        self._process.kill()
        self._process.join()
        self._process.close()
        self.listen()
        self._ear.close()


def _rounds() -> list[Any]:
    kills = int(os.environ.get("CROSSING_SOAK_KILLS", "1000"))
    return [6, pytest.param(kills, marks=[pytest.mark.soak, pytest.mark.timeout(7200)])]


@pytest.mark.parametrize("rounds", _rounds())
def test_nothing_acknowledged_is_lost_or_doubled(
    rounds: int, tmp_path: Path, capital: Capital, capital_database: Database
) -> None:
    post = _enrolled_post(tmp_path / "crashing", capital)
    url = capital_database.engine.url.render_as_string(hide_password=False)
    with listening() as free:
        port = free.getsockname()[1]
    there = Killable(crash_processes.capital_process, capital.folder, url, port)
    here = Killable(crash_processes.post_process, post.folder, KEY, port)
    there.start()
    here.start(0)
    for life in range(1, rounds + 1):
        time.sleep(random.uniform(0.05, 0.8))
        here.listen()
        victim = random.choice((here, there))
        victim.kill()
        if victim is here:
            here.start(life)
        else:
            there.start()
    wait_until(lambda: len(_listened(here)) > 0, within_s=60)
    here.kill()
    with post.sending(port):
        wait_until(lambda: post.waiting() == 0, within_s=120)
    there.kill()
    _everything_is_there_once(post, capital, here.heard)


def _listened(process: Killable) -> list[str]:
    process.listen()
    return process.heard


def _everything_is_there_once(post: Post, capital: Capital, acknowledged: list[str]) -> None:
    texts = capital.texts()
    assert len(texts) == len(set(texts))
    assert set(acknowledged) <= set(texts)
    with _rows(post.database) as rows:
        written = rows(sa.select(models.OutboxEvent.hash).order_by(models.OutboxEvent.sequence))
        blobs = rows(sa.select(models.OutboxUpload.sha256))
    with _rows(capital.database) as rows:
        received = rows(sa.select(models.InboxEvent.hash).order_by(models.InboxEvent.sequence))
        previous = rows(sa.select(models.InboxEvent.previous).order_by(models.InboxEvent.sequence))
    assert received == written
    assert len(texts) == len(written)
    assert previous == [GENESIS, *written[:-1]]
    assert capital.watermark() == len(written)
    assert capital.alarms() == []
    assert all(capital.blobs.get(sha256) == post.blobs.get(sha256) for sha256 in blobs)


@contextmanager
def _rows(database: Database) -> Iterator[Any]:
    with database.engine.connect() as connection:
        yield lambda query: list(connection.scalars(query))


def _enrolled_post(folder: Path, capital: Capital) -> Post:
    folder.mkdir()
    database = Database(open_sqlcipher(folder / "post.db", KEY))
    migrations.upgrade(database.engine)
    prepare(database)
    post = Post(folder, database)
    post.enrol(capital)
    return post
