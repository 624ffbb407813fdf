"""The movements' API: a post's officers see their post's records, each look with its purpose."""

from uuid import UUID

import numpy as np
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from crossing.audit.models import AuditEntry
from crossing.identity.roles import Role
from crossing.movements.endpoints import corrections_router, router
from crossing.movements.schemas import ExceptionReason, FingerView, Images, MovementRecord, PortraitException
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.images import encode_jpeg
from crossing.ports.fingers import FingerFormat, FingerPosition
from tests.factories.clock import StandingClock
from tests.factories.movements import NOW, office, recorded
from tests.factories.officers import app_with_identity, signed_in_client

PICTURE = encode_jpeg(np.full((32, 32, 3), 120, np.uint8))
FINGER = b"FMR\x00 20\x00 as the device gave it"
EXCUSED = PortraitException(reason=ExceptionReason.VEIL, note="Lifted it alone", by="a.traore", at=NOW)
WHY = {"purpose": "border_control"}


@pytest.fixture
def app(post_database: Database, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    app = app_with_identity(post_database)
    app.state.blobs = BlobStore(tmp_path_factory.mktemp("blobs"), bytes(32))
    app.state.movements = office(StandingClock()).movements
    app.include_router(router)
    app.include_router(corrections_router)
    return app


@pytest.fixture
def own(app: FastAPI) -> MovementRecord:
    page, finger = (app.state.blobs.put(content).sha256 for content in (PICTURE, FINGER))
    thumb = FingerView(position=FingerPosition.RIGHT_THUMB, format=FingerFormat.MINUTIAE, sha256=finger)
    with app.state.database.unit_of_work() as session:
        images = Images(page=page, fingers=(thumb,), exception=EXCUSED)
        return recorded(session, office(StandingClock()), images=images)


@pytest.fixture
def foreign(app: FastAPI) -> MovementRecord:
    with app.state.database.unit_of_work() as session:
        return recorded(session, office(StandingClock(), post="BEN-2"), post="BEN-2")


@pytest.fixture
def officer(app: FastAPI) -> TestClient:
    return signed_in_client(app, Role.OFFICER, post="NIA-1", login="a.traore")


def looks(database: Database) -> list[tuple[str, str, str]]:
    with reading(database) as session:
        query = sa.select(AuditEntry).where(AuditEntry.subject_kind == "movement").order_by(AuditEntry.sequence)
        return [(one.action, one.subject_id, one.purpose) for one in session.scalars(query)]


def test_a_record_its_image_and_the_list_are_read_and_each_look_is_kept(
    officer: TestClient, own: MovementRecord, foreign: MovementRecord, post_database: Database
) -> None:
    path = f"/api/movements/{own.movement_id}"
    assert MovementRecord.model_validate(officer.get(path, params=WHY).json()) == own
    image = officer.get(f"{path}/images/page", params=WHY)
    assert (image.content, image.headers["content-type"]) == (PICTURE, "image/jpeg")
    finger = officer.get(f"{path}/fingers/right_thumb", params=WHY)
    assert (finger.content, finger.headers["content-type"]) == (FINGER, "application/octet-stream")
    listed = officer.get("/api/movements", params=WHY).json()
    assert [one["movement_id"] for one in listed] == [str(own.movement_id)]
    assert looks(post_database) == [
        ("movement.read", str(own.movement_id), "border_control"),
        ("movement.image_read", str(own.movement_id), "border_control"),
        ("movement.image_read", str(own.movement_id), "border_control"),
        ("movement.listed", "recent", "border_control"),
    ]


@pytest.mark.parametrize("purpose", [None, "", "a", "Because I can", "x" * 65])
def test_without_a_purpose_nothing_is_shown(
    officer: TestClient, own: MovementRecord, post_database: Database, purpose: str | None
) -> None:
    params = {} if purpose is None else {"purpose": purpose}
    for path in (
        "",
        f"/{own.movement_id}",
        f"/{own.movement_id}/images/page",
        f"/{own.movement_id}/fingers/right_thumb",
    ):
        assert officer.get(f"/api/movements{path}", params=params).status_code == 422
    assert looks(post_database) == []


def test_another_post_s_record_is_as_unknown_as_none(
    officer: TestClient, foreign: MovementRecord, post_database: Database
) -> None:
    for movement_id in (foreign.movement_id, UUID(int=7)):
        for path in ("", "/images/page", "/fingers/right_thumb"):
            answer = officer.get(f"/api/movements/{movement_id}{path}", params=WHY)
            assert (answer.status_code, answer.json()["code"]) == (404, "movement_unknown")
    assert looks(post_database) == []


def test_an_image_that_is_not_there_is_said(officer: TestClient, own: MovementRecord) -> None:
    answer = officer.get(f"/api/movements/{own.movement_id}/images/live", params=WHY)
    assert (answer.status_code, answer.json()["code"]) == (404, "image_unknown")
    answer = officer.get(f"/api/movements/{own.movement_id}/fingers/left_thumb", params=WHY)
    assert (answer.status_code, answer.json()["code"]) == (404, "image_unknown")
    assert officer.get(f"/api/movements/{own.movement_id}/images/passport", params=WHY).status_code == 422


def test_a_supervisor_corrects_and_an_officer_does_not(
    app: FastAPI, officer: TestClient, own: MovementRecord, foreign: MovementRecord, post_database: Database
) -> None:
    body = {"reason": "Misread", "document": {"type": "P", "number": "A4G7K29B7", "issuing_state": "MLI"}}
    path = f"/api/movements/{own.movement_id}/corrections"
    assert officer.post(path, json=body).status_code == 403
    supervisor = signed_in_client(app, Role.SUPERVISOR, post="NIA-1", login="s.upervisor")
    answer = supervisor.post(path, json=body)
    assert answer.status_code == 201
    assert (answer.json()["corrects"], answer.json()["corrected_by"]) == (str(own.movement_id), "s.upervisor")
    assert supervisor.post(path, json=body).json()["code"] == "already_corrected"
    assert supervisor.post(f"/api/movements/{foreign.movement_id}/corrections", json=body).status_code == 404
    assert [action for action, _, _ in looks(post_database)] == ["movement.corrected"]
