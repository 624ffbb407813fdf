"""Reading the file of services, and trying each description before a traveller depends on it."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from crossing.documents.dates import PartialDate
from crossing.screening.errors import ServicesFileUnusable
from crossing.screening.schemas import Subject, SubjectDocument, SubjectName, SubjectVehicle
from crossing.screening.services.asking import Asker, content_of, fill, spoken_of
from crossing.screening.services.connecting import context_of, named_files, secret_of
from crossing.screening.services.description import Description, NamedServices, Names, ServicesFile, Subjects
from crossing.screening.services.expressions import CannotEvaluate, Expression, Json

MAX_FILE_BYTES: Final = 1024 * 1024

_EXAMPLE: Final = Subject(
    names=(SubjectName(surname="EXAMPLESURNAME", given_names="EXAMPLEGIVEN"),),
    birth=PartialDate(1980, 3, 14),
    sex="F",
    nationality="MLI",
    document=SubjectDocument(number="EXAMPLE12345", issuer="MLI", type="P"),
    vehicle=SubjectVehicle(plate="EXAMPLE678", country="MLI", vin="1M8GDM9AXKP042788"),
)
_LEAST: Final = {
    Subjects.PERSONS: Subject(names=(SubjectName(surname="EXAMPLESURNAME"),)),
    Subjects.DOCUMENTS: Subject(document=SubjectDocument(number="EXAMPLE12345")),
    Subjects.VEHICLES: Subject(vehicle=SubjectVehicle(plate="EXAMPLE678")),
}
"""The least that is known of whom a service may be asked about."""

_MUST_SAY: Final = {
    Subjects.PERSONS: ("examplesurname",),
    Subjects.DOCUMENTS: ("example12345",),
    Subjects.VEHICLES: ("example678", "1m8gdm9axkp042788"),
}
"""Of what a service answers about, at least one of these has to be in the request."""
_ASKER: Final = Asker(UUID(int=1), "example", "EXAMPLE-1", "border_control")
_AT: Final = datetime(2031, 3, 1, tzinfo=UTC)


def read_services(path: Path) -> tuple[Description, ...]:
    """The services that a file describes, files named in it relative to its folder.

    Raises :class:`ServicesFileUnusable`, which names every place that is wrong.
    """
    described = _described(path)
    try:
        services = ServicesFile.model_validate(described).service
    except ValidationError as error:
        raise ServicesFileUnusable(path=str(path), problems="; ".join(_told(error, described))) from error
    services = tuple(_placed(service, path.parent) for service in services)
    if problems := [f"{one.code}: {problem}" for one in services for problem in problems_of(one)]:
        raise ServicesFileUnusable(path=str(path), problems="; ".join(problems))
    return services


def read_names(path: Path) -> dict[str, Names]:
    """The names of the services that a file describes, by their codes, for a machine that asks none of them: neither
    keys nor certificates need be there.

    Raises :class:`ServicesFileUnusable`, which names every place that is wrong.
    """
    described = _described(path)
    try:
        services = NamedServices.model_validate(described).service
    except ValidationError as error:
        raise ServicesFileUnusable(path=str(path), problems="; ".join(_told(error, described))) from error
    return {one.code: one.name for one in services}


def problems_of(description: Description) -> Iterator[str]:
    """What would keep a question from being asked as it is meant, found by asking about an example."""
    body, answers = description.request.body, description.answers
    try:
        content = content_of(body, _EXAMPLE, answers, _ASKER, _AT) or b""
    except CannotEvaluate as error:
        yield f"request.body can't be made for a traveller of whom everything is known ({error})"
        return
    said = content.decode().casefold()
    for subjects in sorted(answers):
        if not any(word in said for word in _MUST_SAY[subjects]):
            yield f"it answers {subjects}, but request.body does not ask with {_ASKED_WITH[subjects]}"
    yield from (f"{place} gives nothing, whoever is asked about" for place in _silent(body, answers))
    for subjects in sorted(answers):
        try:
            content_of(body, _LEAST[subjects], frozenset({subjects}), _ASKER, _AT)
        except CannotEvaluate as error:
            yield f"request.body can't be made where only {_ASKED_WITH[subjects]} is known ({error})"
    yield from _unusable_files(description)


_ASKED_WITH: Final = {
    Subjects.PERSONS: "the surname",
    Subjects.DOCUMENTS: "the document's number",
    Subjects.VEHICLES: "the plate or the VIN",
}


def _described(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ServicesFileUnusable(path=str(path), problems=error.strerror or "it can't be read") from error
    if len(content) > MAX_FILE_BYTES:
        raise ServicesFileUnusable(path=str(path), problems=f"it is larger than {MAX_FILE_BYTES} bytes")
    try:
        return tomllib.loads(content.decode())
    except ValueError as error:
        raise ServicesFileUnusable(path=str(path), problems=f"it is no TOML: {error}") from error


def _told(error: ValidationError, described: dict[str, Any]) -> Iterator[str]:
    """Each place that is wrong, with the service's code where it has one."""
    for one in error.errors(include_url=False, include_input=False):
        place = [str(part) for part in one["loc"]]
        if len(place) > 1 and place[0] == "service":
            place[:2] = [_code_at(described, int(place[1]))]
        yield f"{'.'.join(place)}: {one['msg'].removeprefix('Value error, ')}"


def _code_at(described: dict[str, Any], number: int) -> str:
    service = described["service"][number]
    code = service.get("code") if isinstance(service, dict) else None
    return code if isinstance(code, str) and code else f"service {number + 1}"


def _placed(description: Description, folder: Path) -> Description:
    tls, secret = description.tls, description.secret
    named = {name: folder / file for name, file in named_files(description)}
    return description.model_copy(
        update={
            "tls": tls.model_copy(update=named),
            "secret": secret and secret.model_copy(update={"file": folder / secret.file}),
        }
    )


def _silent(body: Json, answers: frozenset[Subjects]) -> Iterator[str]:
    """Where in a request an expression gives null though everything is known: a name that is spelled wrongly."""
    spoken = spoken_of(_EXAMPLE, answers, _ASKER, _AT)
    return (place for place, expression in _leaves(body, "request.body") if fill(expression, spoken) is None)


def _leaves(body: Json, place: str) -> Iterator[tuple[str, Expression]]:
    match body:
        case Expression():
            yield place, body
        case dict():
            for name, value in body.items():
                yield from _leaves(value, f"{place}.{name}")
        case list():
            for number, value in enumerate(body):
                yield from _leaves(value, f"{place}[{number}]")


def _unusable_files(description: Description) -> Iterator[str]:
    try:
        secret_of(description)
    except OSError as error:
        yield f"secret.file: {error.strerror}: {error.filename}"
    except ValueError as error:
        yield f"secret.file: {error}"
    missing = [
        f"tls.{name}: there is no file {file}" for name, file in named_files(description) if not file.is_file()
    ]
    yield from missing
    if missing:
        return
    try:
        context_of(description.tls)
    except (OSError, ValueError) as error:
        yield f"tls: the files are no certificates and key that go together ({error})"
