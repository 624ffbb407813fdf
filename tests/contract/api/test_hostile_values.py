"""Values that a schema can't keep out, or that its generator never makes: refused or taken, none is a crash."""

import json
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from crossing.platform.i18n import LOCALES
from tests.contract.api.conftest import Known
from tests.factories.desk import RESIDENT, holder
from tests.factories.services import CapitalService, PostService

TEXTS: Final = (
    "\0",
    "a\0b",
    "\ud800",
    "\U0010ffff",
    "\u202e\u2066",
    "é" * 2000,
    "'; DROP TABLE movements; --",
    "{0}",
)
NUMBERS: Final[tuple[Any, ...]] = (
    10**400,
    -(2**63) - 1,
    2**63,
    float("inf"),
    float("nan"),
    1e308,
    True,
    "1",
    None,
    [],
    {},
)
BODIES: Final = (
    b"",
    b"\xff\xfe",
    b'{"verdict": "\xe9"}',
    b"null",
    b"[]",
    b'"text"',
    b"1e999",
    b"NaN",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"verdict": "admit"',
)

MRZ: Final = (
    "P<MLITRAORE<<MOUSSA<<<<<<<<<<<<<<<<<<<<<<<<<",
    "B7654321<2MLI7903212M3401019<<<<<<<<<<<<<<02",
)

AT_POST: Final[dict[str, Any]] = {
    "POST /api/session": {"login": "a.traore", "secret": "a passphrase"},
    "POST /api/officers": {"login": "b.traore", "name": "B. Traoré", "roles": ["officer"], "post": "NIA-1"},
    "PATCH /api/officers/{officer_id}": {"roles": ["officer"], "active": True},
    "POST /api/posts/{post_code}/lanes": {"number": 7, "name": "Lane 7", "scanner_device": "scanner"},
    "POST /api/lanes/{lane_id}/sessions": {"direction": "entry"},
    "POST /api/sessions/{session_id}/capture": {"page": True, "live": True},
    "PUT /api/sessions/{session_id}/identity": RESIDENT | holder("B7654321"),
    "PUT /api/sessions/{session_id}/mrz": {"lines": list(MRZ), "as_it_stands": False},
    "POST /api/sessions/{session_id}/confirmation": {"evidence": 1},
    "POST /api/sessions/{session_id}/referral": {"note": "Two stories."},
    "POST /api/referrals/{referral_id}/resolution": {
        "finding": "confirmed",
        "verdict": "refuse",
        "reason_code": "listed",
        "purpose": "visit",
        "destination": "Nioro",
        "note": "Seen.",
        "handling": "With care.",
        "bureau_reference": "NCB-1",
    },
    "POST /api/movements/{movement_id}/corrections": {
        "reason": "Typing mistake",
        "person": {"surname": "TRAORE", "given_names": "MOUSSA", "birth_date": "1979", "residence": "Nioro"},
        "document": {"type": "P", "number": "A1", "issuing_state": "MLI", "expiry_date": "2034-01-01"},
    },
}
AT_CAPITAL: Final[dict[str, Any]] = {
    "POST /api/search": {"purpose": "data_quality", "name": "TRAORE", "birth_date": "1979", "document_number": "A1"},
    "POST /api/officers": AT_POST["POST /api/officers"],
    "POST /api/session": AT_POST["POST /api/session"],
}
IDENTITY_FIELDS: Final = ("surname", "witness", "document_number", "document_type", "birth_date_year", "session_id")
INSTANTS: Final = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:00:00",
    "-99999999999999999999",
    "1e400",
    "99999999999999999999",
    "\0",
)


@pytest.mark.parametrize("call", AT_POST)
def test_a_post_takes_or_refuses_whatever_stands_in_a_field(at_post: Known, call: str) -> None:
    _try_every_field(at_post, call, AT_POST[call])


@pytest.mark.parametrize("call", AT_CAPITAL)
def test_a_capital_takes_or_refuses_whatever_stands_in_a_field(at_capital: Known, call: str) -> None:
    _try_every_field(at_capital, call, AT_CAPITAL[call])


@pytest.mark.parametrize("call", AT_POST)
def test_a_body_that_is_none_is_refused(at_post: Known, call: str) -> None:
    for body in BODIES:
        answer = _send(at_post, call, body)
        assert answer.status_code in (400, 422), (body[:30], answer.text)
        assert answer.json()["code"] in ("request_unreadable", "fields_invalid"), (body[:30], answer.text)


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_wrong_is_said_in_the_officers_language_and_without_what_was_sent(
    post: PostService, at_post: Known, locale: str
) -> None:
    headers = {"Accept-Language": locale}
    session = at_post.ids["session_id"][0]
    body = {"verdict": "admit", "unknown": "AMINATA", "note": ["AMINATA"]}
    answer = at_post.officer.post(f"/api/sessions/{session}/decision", json=body, headers=headers)
    assert answer.json()["code"] == "fields_invalid"
    rules = {(one["field"], one["rule"]) for one in answer.json()["errors"]}
    assert rules == {("body.unknown", "extra_forbidden"), ("body.note", "string_type")}
    assert "AMINATA" not in answer.text
    assert (
        answer.json()["title"]
        == {
            "fr": "Des champs manquent ou sont mal remplis.",
            "en": "Some fields are missing or not as they should be.",
            "ar": "بعض الخانات ناقصة أو غير صحيحة.",
        }[locale]
    )


@pytest.mark.parametrize("instant", INSTANTS)
def test_any_instant_may_be_asked_for(at_post: Known, at_capital: Known, instant: str) -> None:
    for known in (at_post, at_capital):
        query = {"purpose": "data_quality", "before": instant}
        assert known.officer.get("/api/movements", params=query).status_code in (200, 422)
    assert at_post.officer.get("/movements", params=query).status_code in (200, 422)
    file = {"file": ("list.csv", b"number,issuing_state,type,reason\n")}
    about = {"name": "Lost documents", "format": "national_documents", "as_of": instant}
    answer = at_post.officer.post("/api/lists/documents/versions", files=file, data=about)
    assert answer.status_code in (201, 422), answer.text


@pytest.mark.parametrize("birth", ["0000", "1987-13", "1987-00", "1987-02-30", "٢٠٠٠", "1987-1", "19870412", "1987-"])
def test_a_birth_that_no_calendar_has_is_refused_and_the_lane_goes_on(
    at_post: Known, standing: str, birth: str
) -> None:
    [movement_id] = at_post.ids["movement_id"]
    wrong = RESIDENT | {"person": RESIDENT["person"] | {"birth_date": birth}}
    correction = {"reason": "A mistake", "person": {"surname": "X", "birth_date": birth}}
    for answer in (
        at_post.officer.put(f"/api/sessions/{standing}/identity", json=wrong),
        at_post.officer.post(f"/api/movements/{movement_id}/corrections", json=correction),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "fields_invalid"), answer.text
    assert at_post.officer.put(f"/api/sessions/{standing}/identity", json=RESIDENT).status_code == 200


@pytest.mark.parametrize("part", ["day", "month", "year"])
@pytest.mark.parametrize("typed", ["9" * 190, "1_0", "-5", "²", "٢٠٠٠"])
def test_a_date_typed_in_a_form_is_read_or_said_to_be_none(
    at_post: Known, standing: str, part: str, typed: str
) -> None:
    fields = {"session_id": standing, "surname": "KONÉ", "birth_date_year": "1987"}
    answer = at_post.officer.post("/lanes/3/identity", data=fields | {f"birth_date_{part}": typed})
    assert answer.status_code in (303, 422), answer.text[:500]


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63, 10**40])
def test_no_number_in_an_address_is_too_large(at_post: Known, at_capital: Known, number: int) -> None:
    for path in (
        f"/lanes/{number}",
        f"/lanes/{number}/board",
        f"/lanes/{number}/identity",
        f"/lanes/{number}/camera",
    ):
        assert at_post.officer.get(path).status_code in (404, 422), path
    for known in (at_post, at_capital):
        for query in ({"before": number}, {"limit": number}):
            answer = known.officer.get("/api/audit", params={"purpose": "review", **query})
            assert answer.status_code in (200, 422), (query, answer.text)


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_in_a_form_or_an_address_is_a_crash(
    post: PostService, capital: CapitalService, at_post: Known, at_capital: Known, text: str
) -> None:
    sent, [referral] = text.encode("utf-8", "surrogatepass"), at_post.ids["referral_id"]
    pages = [
        (at_post, "POST", "/lanes/1/identity", IDENTITY_FIELDS),
        (at_post, "POST", "/lanes/1/mrz", ("mrz", "as_it_stands", "session_id")),
        (at_post, "POST", "/lanes/1/confirm", ("evidence", "session_id")),
        (at_post, "POST", "/lanes/1/decide", ("purpose", "destination", "refuse_note")),
        (at_post, "POST", "/lanes/1/refer", ("refer_note", "session_id")),
        (at_post, "POST", f"/referrals/{referral}/resolution", ("handling", "bureau_reference", "note", "finding")),
        (at_capital, "POST", "/search", ("name", "document_number", "purpose", "birth_date_year")),
        (at_capital, "GET", "/search", ("name", "document_number", "purpose")),
        (at_post, "GET", "/sign-in", ("next",)),
        (at_post, "POST", "/sign-in", ("login", "password", "next")),
        (at_capital, "POST", "/sign-in", ("login", "password")),
        (at_post, "POST", "/locale", ("locale", "back")),
        (at_post, "GET", "/movements", ("before", "purpose")),
        (at_post, "GET", "/lanes/1", ("last",)),
        (at_capital, "GET", "/api/audit", ("action", "subject_id")),
    ]
    for known, method, path, names in pages:
        for name in names:
            fields = {"session_id": at_post.ids["session_id"][0].encode(), "verdict": b"admit", name: sent}
            content = httpx.QueryParams({}) if method == "GET" else None
            answer = _form(known, method, path, fields, content)
            assert answer.status_code < 500, (path, name, answer.text[:500])


def _form(
    known: Known, method: str, path: str, fields: dict[str, bytes], query: httpx.QueryParams | None
) -> httpx.Response:
    encoded = "&".join(f"{name}={_quoted(value)}" for name, value in fields.items())
    if query is not None:
        return known.officer.request(method, f"{path}?{encoded}")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return known.officer.request(method, path, content=encoded, headers=headers)


def _quoted(value: bytes) -> str:
    return "".join(f"%{byte:02X}" for byte in value)


def _try_every_field(known: Known, call: str, body: dict[str, Any]) -> None:
    for place, value in _leaves(body):
        for hostile in TEXTS if isinstance(value, str) else NUMBERS:
            answer = _send(known, call, json.dumps(_with(body, place, hostile)).encode())
            if not answer.is_success:
                assert answer.status_code < 500 or answer.json()["code"] == "no_device_at_lane", (place, answer.text)
            assert "\\u0000" not in answer.text, "a NUL was taken in, and would never arrive at the capital"


def _send(known: Known, call: str, body: bytes) -> httpx.Response:
    method, path = call.split()
    for name, there in known.ids.items():
        path = path.replace(f"{{{name}}}", there[0])
    return known.officer.request(method, path, content=body, headers={"content-type": "application/json"})


def _leaves(body: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(body, dict):
        for name, value in body.items():
            yield from _leaves(value, (*place, name))
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from _leaves(value, (*place, index))
    else:
        yield place, body


def _with(body: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """A copy of ``body`` with ``value`` at ``place``."""
    copy = json.loads(json.dumps(body))
    inner = copy
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return copy
