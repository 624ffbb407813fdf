"""A post and a capital, served once for the tests of a module, and travellers who have passed there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest

from crossing.identity.roles import MACHINE_ROLES, Role
from crossing.movements import repository
from crossing.movements.schemas import MovementRecord
from tests.factories.databases import postgres_database
from tests.factories.desk import declare, good, holder, pass_through, refer, step_up
from tests.factories.services import CapitalService, PostService, post_settings, running_capital, running_post

EVERY_OFFICERS_ROLE: Final = tuple(role for role in Role if role not in MACHINE_ROLES)


@dataclass(frozen=True, slots=True)
class Known:
    """What is there to be asked about, by the name of a path's parameter; and an officer who may do everything."""

    officer: httpx.Client
    ids: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostService]:
    with running_post(post_settings(tmp_path_factory.mktemp("post")), lanes=3) as service:
        yield service


@pytest.fixture(scope="module")
def capital(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[CapitalService]:
    folder: Path = tmp_path_factory.mktemp("capital")
    with postgres_database(postgres_server) as database, running_capital(folder, database) as service:
        yield service


@pytest.fixture(scope="module")
def at_post(post: PostService) -> Known:
    """One traveller admitted, one at the second line, one at the desk."""
    officer = post.officer(*EVERY_OFFICERS_ROLE, login="everything")
    first, second, _ = post.lanes
    movement = pass_through(officer, first, holder("A1234567"))
    referred = step_up(officer, first)
    declare(officer, referred)
    referral = refer(officer, referred)
    standing = step_up(officer, second)
    declare(officer, standing)
    return Known(
        officer,
        {
            "session_id": (standing, referred, movement["session_id"]),
            "movement_id": (movement["movement_id"],),
            "referral_id": (referral,),
            "lane_id": (str(first), str(second)),
            "post_code": ("NIA-1",),
            "officer_id": (_another(officer),),
        },
    )


@pytest.fixture
def standing(post: PostService, at_post: Known) -> Iterator[str]:
    """A traveller at a lane that no other test uses, until the test ends."""
    session = step_up(at_post.officer, post.lanes[2])
    declare(at_post.officer, session)
    yield session
    at_post.officer.delete(f"/api/sessions/{session}")


@pytest.fixture(scope="module")
def at_capital(capital: CapitalService, at_post: Known) -> Known:
    """The movement of the post, as replication brings it."""
    [movement_id] = at_post.ids["movement_id"]
    record = good(at_post.officer.get(f"/api/movements/{movement_id}", params={"purpose": "test"}))
    movement = MovementRecord.model_validate(record)
    with capital.database.unit_of_work() as session:
        repository.add(session, movement, recorded_at=movement.occurred_at)
    officer = capital.officer(*EVERY_OFFICERS_ROLE, login="everything")
    return Known(officer, {"movement_id": (movement_id,), "officer_id": (_another(officer),)})


def _another(administrator: httpx.Client) -> str:
    new = {"login": "someone-else", "name": "Someone else", "roles": ["officer"], "post": "NIA-1"}
    return str(good(administrator.post("/api/officers", json=new))["officer"]["id"])
