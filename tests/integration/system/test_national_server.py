"""A post asks a national server beside its own lists. Here the capital is that server, with yente's questions."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crossing.identity.principal import SYSTEM
from crossing.identity.roles import Role
from crossing.identity.schemas import SystemIn
from tests.factories.databases import postgres_database
from tests.factories.desk import declare, good, step_up
from tests.factories.screening.lists import csv_of, order, person
from tests.factories.services import CapitalService, PostService, post_settings, running_capital, running_post
from tests.factories.waiting import wait_until

WANTED = {
    "case": "no_document",
    "person": {"surname": "JALLOW", "given_names": "MAMADOU", "birth_date": "1980-03-04", "nationality": "MLI"},
    "evidence_level": "declaration",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nation")


@pytest.fixture(scope="module")
def capital(folder: Path, postgres_server: str) -> Iterator[CapitalService]:
    with postgres_database(postgres_server) as database, running_capital(folder / "capital", database) as capital:
        listed = csv_of(person("N-1", "Diallo", birth_dates="1980-03-04", action="Tell the bureau."))
        capital.app.state.lists.import_list(order(listed, as_of=datetime.now(UTC)))
        yield capital


@pytest.fixture(scope="module")
def post(folder: Path, capital: CapitalService) -> Iterator[PostService]:
    system = SystemIn(name="posts", owner="The police", purpose="border_control", legal_basis="Act 7", a_minute=60)
    with capital.database.unit_of_work() as session:
        key = capital.app.state.systems.add(session, actor=SYSTEM, system=system)
    (folder / "key").write_text(key, encoding="ascii")
    settings = post_settings(
        folder / "post", national_url=capital.url, national_key_file=folder / "key", recheck_interval_s=0.2
    )
    with running_post(settings, lanes=2) as post:
        yield post


def check_of(officer: Any, session_id: str) -> dict[str, Any]:
    """The national server's answer, once it has come."""

    def answer() -> list[dict[str, Any]]:
        checks = good(officer.get(f"/api/sessions/{session_id}"))["checks"]
        return [one for one in checks if one["kind"] == "national_lists" and one["reason"] != "pending"]

    wait_until(answer, what="the national server's answer")
    return answer()[0]


def test_whom_the_nation_lists_is_found_at_the_lane_and_who_is_not_is_clear(post: PostService) -> None:
    officer = post.officer(Role.OFFICER)
    session_id = step_up(officer, post.lanes[0])
    declare(officer, session_id, WANTED)
    check = check_of(officer, session_id)
    assert check["outcome"] == "hit"
    [hit] = check["hits"]
    assert (hit["entry_reference"], hit["list_name"]) == ("national-N-1", "national")
    view = good(officer.get(f"/api/sessions/{session_id}"))
    assert view["needs_second_line"]

    declare(officer, session_id, WANTED | {"person": WANTED["person"] | {"surname": "ZONGO", "given_names": "PAUL"}})  # type: ignore[operator]
    wait_until(lambda: check_of(officer, session_id)["outcome"] == "clear", what="the clear answer")


def test_a_server_that_is_away_is_not_checked_and_asked_again(post: PostService, capital: CapitalService) -> None:
    with capital.database.unit_of_work() as session:
        capital.app.state.systems.revoke(session, actor=SYSTEM, name="posts")
    officer = post.officer(Role.OFFICER, login="second")
    session_id = step_up(officer, post.lanes[1])
    declare(officer, session_id, WANTED)
    check = check_of(officer, session_id)
    assert (check["outcome"], check["reason"]) == ("not_checked", "refused")
    state = good(post.officer(Role.ADMINISTRATOR).get("/api/bridge/status"))
    assert state["pending_rechecks"] >= 1
