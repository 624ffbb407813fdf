"""A hit that comes after a traveller has left one post stops the traveller at the next, and nobody is told twice."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa

from crossing.audit.models import AuditEntry
from crossing.identity.roles import Role
from crossing.platform.db.reading import reading
from crossing.posts.machine_identity import MachineDescription
from crossing.replication.feed.models import PublishedItem
from crossing.screening.ahead.schemas import TOLD
from crossing.screening.rescreening import Rescreener
from tests.factories.databases import postgres_database
from tests.factories.desk import admit, declare, good, holder, refer, step_up
from tests.factories.screening.lists import csv_of, document, order
from tests.factories.services import (
    POST,
    CapitalService,
    PostService,
    enrol,
    post_settings,
    prepared_post,
    running_capital,
    running_post,
)
from tests.factories.waiting import wait_until

KOBONI = MachineDescription(post="KOB-2", post_name="Koboni", country="BFA", name="desk-1")
NUMBER = "AB1234567"


@pytest.fixture
def capital(tmp_path: Path, postgres_server: str) -> Iterator[CapitalService]:
    with postgres_database(postgres_server) as database, running_capital(tmp_path / "capital", database) as service:
        yield service


def a_post(
    folder: Path, capital: CapitalService, description: MachineDescription
) -> AbstractContextManager[PostService]:
    settings = post_settings(
        folder, capital_url=f"https://127.0.0.1:{capital.machine_port}", feed_interval_s=0.2, rescreen_share=1.0
    )
    prepared_post(settings, lanes=2, description=description)
    enrol(settings, capital.settings)
    return running_post(settings)


def ask(officer: httpx.Client, lane: UUID, number: str = NUMBER) -> tuple[str, list[dict[str, Any]]]:
    """A traveller steps up with a passport; the session, and the lights of those who are looked for."""
    session = step_up(officer, lane)
    view = declare(officer, session, holder(number))
    return session, [one for one in view["checks"] if one["source"] == "ahead"]


def looked_for(officer: httpx.Client) -> list[dict[str, Any]]:
    """Those about whom the lanes ask."""
    return [one for one in good(officer.get("/api/ahead"))["travellers"] if one["asked"]]


def find_late(post: PostService) -> None:
    """The passport is listed as stolen only now, and whoever has left is screened again."""
    rows, now = csv_of(document(NUMBER, action="Seize it")), datetime.now(UTC)
    post.app.state.lists.import_list(order(rows, code="stolen", format="national_documents", as_of=now))
    rescreening: Rescreener = post.app.state.rescreener
    while rescreening.run_once():
        pass


def told(capital: CapitalService) -> int:
    with reading(capital.database) as session:
        return session.scalar(sa.select(sa.func.count()).where(PublishedItem.type == TOLD)) or 0


@pytest.mark.timeout(300)
def test_a_late_hit_at_one_post_is_a_hit_at_the_lane_of_the_next(tmp_path: Path, capital: CapitalService) -> None:
    with a_post(tmp_path / "one", capital, POST) as one, a_post(tmp_path / "two", capital, KOBONI) as two:
        here = one.officer(Role.OFFICER, Role.SECOND_LINE)
        there = two.officer(Role.OFFICER, Role.SECOND_LINE, login="s.kone")
        session, lights = ask(here, one.lanes[0])
        admit(here, session)
        assert lights == []

        find_late(one)
        wait_until(lambda: looked_for(there), what="telling the next post")
        [sought] = looked_for(there)
        assert (sought["alert"]["post"], sought["alert"]["document"]["number"]) == ("NIA-1", NUMBER)
        [why] = sought["alert"]["hits"]
        assert (why["source"], why["action"]) == ("The stolen list", "Seize it")
        assert good(here.get("/api/ahead"))["total"] == 0, "who raised it is not told"

        page = there.get("/ahead").text
        assert NUMBER in page
        assert "Niangoloko" in page
        assert "1 traveller is looked for" in there.get("/ahead/notice").text
        with reading(two.database) as reader:
            looks = sa.select(AuditEntry.purpose).where(AuditEntry.action == "ahead.listed_people")
            assert set(reader.scalars(looks)) == {"second_line"}

        session, lights = ask(there, two.lanes[0])
        [by_document] = [light for light in lights if light["kind"] == "document_list"]
        assert by_document["outcome"] == "hit"
        [hit] = by_document["hits"]
        assert hit["action"] == "Seize it"
        assert {"ahead_late_hit", "ahead_why", "ahead_call"} <= {said["code"] for said in hit["explanations"]}
        assert ask(there, two.lanes[1], "ZZ7654321")[1][0]["outcome"] == "clear"

        referral = refer(there, session, note="Looked for.")
        reasons = good(there.get(f"/api/referrals/{referral}"))["reasons"]
        assert "ahead" in {reason["source"] for reason in reasons}
        met = {"verdict": "refuse", "reason_code": "document_stolen_or_lost", "finding": "confirmed"}
        good(there.post(f"/api/referrals/{referral}/resolution", json=met))
        wait_until(lambda: not looked_for(there), what="the end of the looking")
        assert told(capital) == 1, "meeting them is told to nobody ahead"

        figures = capital.officer(Role.ADMINISTRATOR, login="a.diallo").get("/metrics").text
        assert 'crossing_ahead_untold{feed="capital"} 0.0' in figures

        analyst = capital.officer(Role.ANALYST)
        alerts = {alert["kind"]: alert["ahead"] for alert in good(analyst.get("/api/alerts"))}
        assert alerts["confirmed_hit"] is None
        assert alerts["late_hit"]["ended_by"] == "found"
        assert "a second line met the traveller" in analyst.get("/alerts").text
