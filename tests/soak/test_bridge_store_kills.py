"""A bridge killed hundreds of times while it writes, many times within a commit: what it told is kept."""

import multiprocessing
import os
import signal
import threading
import time
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import pytest

from crossing.ports.bridge import BridgeAnswer, Mode, NotCheckedReason, Outcome
from interpol_bridge.clock import utc_now
from interpol_bridge.questions import Question
from interpol_bridge.store.store import Store, Wait
from tests.integration.interpol_bridge.running import KEYS, POST, question, rows

KILLS: Final = int(os.environ.get("CROSSING_SOAK_KILLS", "300"))
WRITERS: Final = 6
WAIT: Final = Wait(at_most=1_000_000, pause=timedelta(0))

Told = tuple[UUID, Outcome]
"""A request id and what was told, once it was written."""


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_kill_takes_back_what_was_told_or_breaks_the_chain(tmp_path: Path) -> None:
    path, moments = tmp_path / "bridge.db", Random(2026)
    Store.open(path, KEYS).close()
    told: dict[UUID, Outcome] = {}
    in_the_middle = 0
    for _ in range(KILLS):
        told.update(_killed_while_writing(path, moments.uniform(0.0, 0.12)))
        in_the_middle += _require_whole(path, told)
    assert len(told) > KILLS
    assert in_the_middle > KILLS / 4, "the kills came when nothing was written"


def _killed_while_writing(path: Path, after_s: float) -> list[Told]:
    """What a process told of that wrote with many threads, until it was killed so long after its first answer."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    hears, says = context.Pipe(duplex=False)
    process = context.Process(target=write_without_end, args=(path, says), daemon=True)
    process.start()
    says.close()
    assert hears.poll(30), "nothing was written"
    time.sleep(after_s)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    told: list[Told] = []
    try:
        while True:
            told.append(hears.recv())
    except (EOFError, OSError):
        return told


def write_without_end(path: Path, says: Connection) -> None:
    """Questions that are answered, not answered and answered later; each is told of once it is written."""
    store, speaking = Store.open(path, KEYS), threading.Lock()

    def one_after_the_other() -> None:
        while True:
            for said in _one(store):
                with speaking:
                    says.send(said)

    for _ in range(WRITERS - 1):
        threading.Thread(target=one_after_the_other, daemon=True).start()
    one_after_the_other()


def _one(store: Store) -> list[Told]:
    answered, waits = question("A1"), question("A2")
    now = utc_now()
    store.record_asked(POST, [answered, waits], now, quota=None)
    pairs = [(answered, _answer(answered, Outcome.NO_HIT)), (waits, _answer(waits, Outcome.NOT_CHECKED))]
    store.record_answered(pairs, now, wait=WAIT)
    for one in store.due_rechecks(utc_now(), 1):
        if one.question is not None:
            store.record_asked_again([(one, one.question)], now)
            store.record_answered_again(one.question, _answer(one.question, Outcome.NO_HIT), one, now)
    return [(one.query.request_id, answer.outcome) for one, answer in pairs]


def _answer(asked: Question, outcome: Outcome) -> BridgeAnswer:
    unanswered = outcome is Outcome.NOT_CHECKED
    return BridgeAnswer(
        request_id=asked.query.request_id,
        database=asked.database,
        outcome=outcome,
        mode=Mode.ONLINE,
        latency_ms=1,
        not_checked_reason=NotCheckedReason.UNREACHABLE if unanswered else None,
        recheck=unanswered,
    )


def _require_whole(path: Path, told: dict[UUID, Outcome]) -> int:
    """What has to hold of the file; gives how many questions were asked and never answered: cut off in the middle."""
    store = Store.open(path, KEYS)
    try:
        assert store.verify_audit().intact
        kept = store.answers(POST, told)
        waiting = store.waiting(POST).waiting
    finally:
        store.close()
    assert kept.keys() == told.keys(), "an answer that was told is gone"
    assert all(kept[one].answer.outcome is Outcome.NO_HIT for one, said in told.items() if said is Outcome.NO_HIT)
    promising = "SELECT count(*) FROM answers WHERE json_extract(answer, '$.recheck')"
    queued = "SELECT count(*) FROM rechecks WHERE state = 'waiting'"
    assert rows(path, f"SELECT ({promising}), ({queued})") == [(waiting, waiting)], "a promise that nobody keeps"
    unaudited = (
        "SELECT count(*) FROM answers WHERE request_id NOT IN (SELECT request_id FROM audit WHERE kind = '{}')"
    )
    for kind in ("asked", "answered"):
        assert rows(path, unaudited.format(kind)) == [(0,)]
    unanswered = "SELECT count(*) FROM asked WHERE request_id NOT IN (SELECT request_id FROM answers)"
    [(count,)] = rows(path, unanswered)
    return int(str(count))
