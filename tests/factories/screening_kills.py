"""A post killed while it screens: a traveller at the lane, or those who had left before a list came."""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import httpx
import sqlalchemy as sa
from fastapi.testclient import TestClient

from crossing.audit.service import Audit
from crossing.bootstrap import PostParts, post_app
from crossing.cores import open_post
from crossing.decisions.models import Referral
from crossing.decisions.schemas import Decision, Verdict
from crossing.documents.service import DocumentReader
from crossing.lanes.schemas import FieldSource, Identity
from crossing.movements.schemas import Direction
from crossing.platform.clock import SystemClock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.replication.events import Lane
from crossing.replication.models import OutboxEvent
from crossing.screening.lists.service import ListService
from crossing.screening.models import Check, Rescreening
from tests.factories.desk import admit, declare, holder
from tests.factories.processes import PostProcess
from tests.factories.screening.lists import csv_of, order, person
from tests.integration.lanes.drawn import DrawnFaceEngine, DrawnPageReader

SURNAMES: Final = ("TRAORE", "DIALLO", "KONE", "CISSE", "OUEDRAOGO", "SIDIBE", "TOURE", "BALDE")


def identity(number: int) -> dict[str, Any]:
    """Of the traveller of this number; eight names in turn."""
    return holder(f"K{number:07d}", SURNAMES[number % len(SURNAMES)])


def import_version(post: PostProcess, *, listed: int) -> None:
    """A version of the list by another process's hand; the first ``listed`` names of travellers are on it."""
    rows = [person(f"W-{one}", one, given_names="Moussa", birth_dates="1979-03-21") for one in SURNAMES[:listed]]
    rows += [person(f"N-{number}", f"Nobody{number}", given_names="Known") for number in range(20)]
    clock = SystemClock()
    opened = open_post(post.settings, clock=clock)
    try:
        lists = ListService(
            opened.core.database, clock=clock, audit=Audit(clock), signing_key=opened.machine.signing_key
        )
        lists.import_list(order(csv_of(*rows), as_of=clock.now()))
    finally:
        opened.core.close()


def pass_before(post: PostProcess, numbers: Iterable[int]) -> list[UUID]:
    """These travellers cross while the post runs in this process, and no picture is taken; gives their sessions."""
    gone: list[UUID] = []
    app = post_app(post.settings, PostParts(reader=DocumentReader(DrawnPageReader()), face_engine=DrawnFaceEngine()))
    with TestClient(app):
        desk, pipeline = app.state.desk, app.state.pipeline
        for number in numbers:
            with app.state.database.unit_of_work() as session:
                row = desk.open(session, post.lane, Direction.ENTRY, officer="a.traore").session_id
            told = Identity.model_validate(identity(number))
            pipeline.declare(row, told, source=FieldSource.TYPED, officer="a.traore")
            with app.state.database.unit_of_work() as session:
                desk.decide(session, row, Decision(verdict=Verdict.ADMIT), officer="a.traore")
            gone.append(row)
    return gone


def kill_during_screening(post: PostProcess, session: str, number: int, *, after_s: float) -> None:
    """Kill the post ``after_s`` after a traveller's identity was sent."""

    def ask() -> None:
        with suppress(httpx.TransportError):
            declare(post.officer, session, identity(number))

    officer = threading.Thread(target=ask)
    officer.start()
    time.sleep(after_s)
    post.kill()
    officer.join()


def finish(post: PostProcess, session: str, number: int) -> None:
    """After a restart the same traveller is read again, and goes where the checks say."""
    view = declare(post.officer, session, identity(number))
    if view["needs_second_line"]:
        assert post.officer.delete(f"/api/sessions/{session}").is_success
    else:
        admit(post.officer, session)


def wait_for_round(database: Database, *, answered: int | None) -> Rescreening:
    """Until the newest round has answered so many, or is finished; that round."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with reading(database) as session:
            newest = session.scalar(sa.select(Rescreening).order_by(Rescreening.began_at.desc()))
            if newest and (newest.finished_at if answered is None else newest.answered >= answered):
                return newest
        time.sleep(0.05)
    raise AssertionError("the re-screening does not go on")


def alerts_by_session(database: Database) -> Counter[UUID]:
    """How often each traveller is in the ledger with a hit by name."""
    with database.engine.connect() as connection:
        rows = connection.execute(
            sa.select(Check.subject_id).where(Check.kind == "name_list", Check.outcome.in_(("hit", "possible")))
        )
        return Counter(row.subject_id for row in rows)


def late_calls(database: Database) -> tuple[int, int]:
    """How many calls to the second line came late, and how many events in the alert lane."""
    with database.engine.connect() as connection:
        calls = connection.scalar(sa.select(sa.func.count()).select_from(Referral).where(Referral.late))
        events = connection.scalar(
            sa.select(sa.func.count()).select_from(OutboxEvent).where(OutboxEvent.lane == Lane.ALERT)
        )
        return calls or 0, events or 0
