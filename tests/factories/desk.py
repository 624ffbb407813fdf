"""What an officer does at a desk, over the HTTP API; each step's answer is required to be good."""

from typing import Any, Final
from uuid import UUID

import httpx

RESIDENT: Final[dict[str, Any]] = {
    "case": "no_document",
    "person": {
        "surname": "KONÉ",
        "given_names": "AWA",
        "birth_date": "1987",
        "birth_approximate": True,
        "sex": "F",
        "nationality": "BFA",
    },
    "evidence_level": "witness",
    "witness": "Village chief of Koboni",
}
"""A declared identity."""


def holder(number: str, surname: str = "TRAORÉ") -> dict[str, Any]:
    """An identity typed from a passport."""
    return {
        "case": "document",
        "person": {"surname": surname, "given_names": "MOUSSA", "birth_date": "1979-03-21", "nationality": "MLI"},
        "document": {"type": "P", "number": number, "issuing_state": "MLI", "expiry_date": "2034-01-01"},
    }


def good(response: httpx.Response) -> Any:
    """The JSON of an answer that has to be a success."""
    assert response.is_success, f"{response.request.method} {response.request.url.path}: {response.text}"
    return response.json()


def step_up(officer: httpx.Client, lane: UUID, direction: str = "entry") -> str:
    """A traveller steps up; gives the session's id."""
    return str(good(officer.post(f"/api/lanes/{lane}/sessions", json={"direction": direction}))["session_id"])


def declare(officer: httpx.Client, session: str, identity: dict[str, Any] = RESIDENT) -> dict[str, Any]:
    """Type who the traveller is; gives the session, its local checks answered."""
    view: dict[str, Any] = good(officer.put(f"/api/sessions/{session}/identity", json=identity))
    return view


def admit(officer: httpx.Client, session: str, *, key: str | None = None) -> dict[str, Any]:
    """Decide; gives the movement."""
    headers = {"Idempotency-Key": key} if key else None
    movement: dict[str, Any] = good(
        officer.post(f"/api/sessions/{session}/decision", json={"verdict": "admit"}, headers=headers)
    )
    return movement


def refer(officer: httpx.Client, session: str, note: str = "Nervous, two stories.") -> str:
    """Call the second line; gives the referral's id."""
    return str(good(officer.post(f"/api/sessions/{session}/referral", json={"note": note}))["referral_id"])


def pass_through(officer: httpx.Client, lane: UUID, identity: dict[str, Any] = RESIDENT) -> dict[str, Any]:
    """One traveller from stepping up to the movement."""
    session = step_up(officer, lane)
    declare(officer, session, identity)
    return admit(officer, session)
