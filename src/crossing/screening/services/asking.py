"""From a traveller to the document that a service is sent: what an expression of a request may speak of.

=====================  =====================================================================================
``request_id``         this question's id, as in the idempotency header
``officer``            the login of who asks; ``post``: where; ``purpose``: why; ``asked_at``: when (UTC)
``surname``            of the first spelling that can be read, with ``given_names`` and ``full_name``
``names``              every spelling, each an object of ``surname``, ``given_names``, ``full_name``
``birth``              ``date`` (YYYY, YYYY-MM or YYYY-MM-DD), ``year``, ``month``, ``day``, ``complete``,
                       ``approximate``; null where it is not known, as is each part of a partial date
``sex``                M, F or X; ``nationality``: alpha-3 (Doc 9303-3 section 5)
``document``           ``number``, ``issuer`` (alpha-3), ``type``
``vehicle``            ``plate``, ``country`` (alpha-3), ``vin``
=====================  =====================================================================================

Texts that are empty are null; ``document`` and ``vehicle`` are null unless the service answers about them and there
is one. So a service never receives more of a traveller than what it answers about.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from crossing.screening.askable import readable_names, why_no_document, why_no_name, why_no_vehicle
from crossing.screening.schemas import Reason, Subject, SubjectName, SubjectVehicle
from crossing.screening.services.description import Description, Subjects
from crossing.screening.services.expressions import CannotEvaluate, Expression, Json

_NOT_THERE: Final = frozenset({Reason.NO_NAME, Reason.NO_DOCUMENT, Reason.NO_VEHICLE})
_TELLTALE: Final = "TELLTALE"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where and why; ``request_id`` makes a repeated question the same question."""

    request_id: UUID
    officer: str
    post: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Askable:
    """What of a traveller a service can be asked about. ``unasked``: why it can't be asked at all; ``unreadable``:
    what there is and can't be read, so that nothing that the service says can be called clear."""

    about: frozenset[Subjects]
    unasked: Reason | None
    unreadable: Reason | None


def askable(subject: Subject, answers: frozenset[Subjects], vehicle_words: frozenset[str]) -> Askable:
    """Which of the subjects that a service answers about there are. ``vehicle_words``: see :func:`vehicle_words`."""
    why = {
        Subjects.PERSONS: why_no_name(subject),
        Subjects.DOCUMENTS: why_no_document(subject),
        Subjects.VEHICLES: why_no_vehicle(subject),
    }
    if subject.vehicle is not None and not any(getattr(subject.vehicle, word) for word in vehicle_words):
        why[Subjects.VEHICLES] = Reason.UNSUPPORTED
    asked = [one for one in Subjects if one in answers]
    about = frozenset(one for one in asked if why[one] is None)
    troubles = [reason for one in asked if (reason := why[one]) is not None]
    unreadable = next((reason for reason in troubles if reason not in _NOT_THERE), None)
    return Askable(about, None if about else unreadable or troubles[0], unreadable)


def vehicle_words(description: Description) -> frozenset[str]:
    """By which of ``plate`` and ``vin`` a service is asked about a vehicle.

    One that knows plates alone, asked about a vehicle of which only the VIN is known, would find nothing.
    """
    words = {"plate": SubjectVehicle(plate=_TELLTALE), "vin": SubjectVehicle(vin=_TELLTALE)}
    asked = frozenset({Subjects.VEHICLES}) & description.answers
    asker, at = Asker(UUID(int=0), "", "", ""), datetime.min.replace(tzinfo=UTC)
    found = set()
    for word, vehicle in words.items():
        with suppress(CannotEvaluate):
            content = content_of(description.request.body, Subject(vehicle=vehicle), asked, asker, at)
            if _TELLTALE in (content or b"").decode().upper():
                found.add(word)
    return frozenset(found)


def content_of(body: Json, subject: Subject, about: frozenset[Subjects], asker: Asker, at: datetime) -> bytes | None:
    """The JSON to send; None where the traveller gives the request nothing to say.

    Raises :class:`CannotEvaluate` where an expression and the traveller don't fit.
    """
    filled = fill(body, spoken_of(subject, about, asker, at))
    if filled is None:
        return None
    try:
        return json.dumps(filled, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise CannotEvaluate(type(error).__name__) from None


def spoken_of(subject: Subject, about: frozenset[Subjects], asker: Asker, at: datetime) -> dict[str, Json]:
    """What the expressions of a request are evaluated on."""
    of_person = subject if Subjects.PERSONS in about else Subject()
    names = [_name(one) for one in readable_names(of_person)]
    document = subject.document if Subjects.DOCUMENTS in about else None
    vehicle = subject.vehicle if Subjects.VEHICLES in about else None
    return {
        "request_id": str(asker.request_id),
        "officer": asker.officer,
        "post": asker.post,
        "purpose": asker.purpose,
        "asked_at": at.isoformat(),
        **(names[0] if names else {"surname": None, "given_names": None, "full_name": None}),
        "names": names,
        "birth": _birth(of_person),
        "sex": of_person.sex or None,
        "nationality": of_person.nationality or None,
        "document": document and {name: value or None for name, value in document.model_dump().items()},
        "vehicle": vehicle and {name: value or None for name, value in vehicle.model_dump().items()},
    }


def fill(template: Json, spoken: dict[str, Json]) -> Json:
    """The template with what each expression gives. What is null or empty is left out, and objects and arrays with
    nothing left in them; null where that is everything."""
    match template:
        case Expression():
            given = template.of(spoken)
            return None if given in ([], {}) else given
        case dict():
            filled = {name: fill(value, spoken) for name, value in template.items()}
            return {name: value for name, value in filled.items() if value is not None} or None
        case list():
            return [value for one in template if (value := fill(one, spoken)) is not None] or None
    return template


def _name(name: SubjectName) -> dict[str, Json]:
    return {
        "surname": name.surname or None,
        "given_names": name.given_names or None,
        "full_name": f"{name.given_names} {name.surname}".strip(),
    }


def _birth(subject: Subject) -> dict[str, Json] | None:
    birth = subject.birth
    if birth is None:
        return None
    return {
        "date": str(birth),
        "year": f"{birth.year:04}",
        "month": None if birth.month is None else f"{birth.month:02}",
        "day": None if birth.day is None else f"{birth.day:02}",
        "complete": birth.complete,
        "approximate": subject.birth_approximate,
    }
