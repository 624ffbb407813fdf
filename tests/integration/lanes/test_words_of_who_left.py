"""What an officer said of two faces is kept and counted, though the traveller left before a decision."""

from datetime import UTC
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from crossing.bootstrap import capital_appliers
from crossing.capital.models import Alert
from crossing.faces.models import FaceTally
from crossing.faces.schemas import Judgement
from crossing.lanes.events import ABANDONED, Abandoned
from crossing.lanes.examination import Pictures
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.replication.applying import apply_all
from crossing.replication.events import Envelope, Lane
from crossing.replication.models import OutboxEvent
from crossing.screening import ledger
from crossing.screening.cli import folder_loader
from crossing.screening.schemas import CheckKind
from tests.factories.screening.lists import csv_of, order, person
from tests.integration.lanes.drawn import AMINATA, Traveller
from tests.integration.lanes.world import OFFICER, World

LISTED = Traveller("SOUMARE", "KADI", "", face=3)
BEARER = Traveller("CAMARA", "FANTA", "C6J9M41D3", face=3)


@pytest.fixture
def post(world: World, tmp_path: Path) -> World:
    folder = tmp_path / "portraits"
    folder.mkdir()
    (folder / "listed.png").write_bytes(LISTED.live().content)
    row = person("M-7", "Soumare", given_names="Kadi", portrait="listed.png")
    world.app.state.lists.import_list(order(csv_of(row), code="missing", portraits=folder_loader(folder)))
    return world


def leaves(post: World, session_id: UUID) -> None:
    with post.database.unit_of_work() as session:
        post.desk.abandon(session, session_id)


def judged_and_gone(post: World, judged: Judgement) -> UUID:
    session_id = post.step_up()
    post.take(session_id, BEARER)
    post.judge(session_id, judged)
    leaves(post, session_id)
    return session_id


def events(post: World) -> list[OutboxEvent]:
    with reading(post.database) as session:
        return list(session.scalars(sa.select(OutboxEvent).order_by(OutboxEvent.sequence)))


def counted(database: Database) -> dict[tuple[str, ...], int]:
    with reading(database) as session:
        rows = session.scalars(sa.select(FaceTally)).all()
    return {(one.kind, one.said, one.judged, one.sex, one.age_band, one.month): one.count for one in rows}


def at_the_capital(capital: Database, post: World) -> None:
    envelopes = [
        Envelope(
            event_id=one.event_id,
            post="NIA-1",
            machine="desk-1",
            epoch=1,
            sequence=number,
            previous=bytes(32),
            lane=Lane(one.lane),
            type=one.type,
            version=one.version,
            occurred_at=post.clock.now().astimezone(UTC),
            payload=one.payload,
            blobs=(),
        )
        for number, one in enumerate(events(post), start=1)
    ]
    with capital.unit_of_work() as session:
        assert set(apply_all(session, capital_appliers(post.clock), envelopes)) == {None}


@pytest.mark.parametrize("judged", [Judgement.SAME, Judgement.OTHER])
def test_the_word_is_counted_here_and_at_the_capital_alike(
    post: World, capital_database: Database, judged: Judgement
) -> None:
    session_id = judged_and_gone(post, judged)
    month = f"{post.clock.now():%Y-%m}"
    assert counted(post.database) == {
        ("face_list", "with_candidate", "none", "F", "30-44", month): 1,
        ("face_list", "candidate", judged.value, "F", "30-44", month): 1,
    }
    at_the_capital(capital_database, post)
    assert counted(capital_database) == counted(post.database)
    with reading(capital_database) as session:
        [check] = ledger.current(session, "session", session_id)
        alerts = session.scalar(sa.select(sa.func.count()).select_from(Alert))
    said = check.hits[0].explanations[-1]
    assert (said.code, said.params) == (f"faces_{judged.value}", {"by": OFFICER})
    assert alerts == (judged is Judgement.SAME)


def test_the_event_holds_every_word_and_no_identity(post: World) -> None:
    session_id = post.step_up()
    post.take(session_id, BEARER)
    asked = post.judge(session_id, Judgement.OTHER)
    leaves(post, session_id)
    [event] = [one for one in events(post) if one.type == ABANDONED]
    told = Abandoned.model_validate_json(event.payload)
    [word] = told.judgements
    assert (word.judged, word.by, word.other_sha256) == (Judgement.OTHER, OFFICER, asked.other_sha256)
    assert [check.kind for check in told.checks] == [CheckKind.FACE_LIST]
    assert (told.session_id, told.closed_at) == (session_id, post.row(session_id).closed_at)
    secrets = (BEARER.surname, BEARER.number, str(BEARER.birth))
    assert not [secret for secret in secrets if secret in event.payload]


def test_whose_identity_nobody_knows_is_counted_as_unknown(post: World) -> None:
    session_id = post.step_up()
    post.pipeline.take(session_id, Pictures(live=BEARER.live()), officer=OFFICER)
    post.judge(session_id, Judgement.UNSURE)
    leaves(post, session_id)
    assert {(sex, age) for _, _, _, sex, age, _ in counted(post.database)} == {("", "unknown")}


def test_of_whom_nothing_was_said_nothing_is_told_or_counted(post: World) -> None:
    session_id = post.step_up()
    post.take(session_id, AMINATA)
    leaves(post, session_id)
    assert (events(post), counted(post.database)) == ([], {})
