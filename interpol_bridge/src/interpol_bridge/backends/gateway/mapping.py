"""The mapping file: how questions are written in the bureau's XML, and how its answers are read.

``interface/mapping.toml`` is the one that comes with the bridge, and explains every table.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from crossing.ports.bridge import Database, FraudType, NotCheckedReason, NoticeColour
from interpol_bridge.backends.base import Record
from interpol_bridge.backends.gateway.dates import PARTS, DatePatterns
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.questions import KIND_OF_QUERY, WHO_ASKS

CREDENTIALS = frozenset({"user", "password", "token"})
DATE_PARTS = frozenset({"birth_date.year", "birth_date.month", "birth_date.day"})
MATCH_TYPES = frozenset({"exact", "twin", "fuzzy"})
HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
SAMPLE_ID: Final = UUID("00000000-0000-4000-8000-000000000001")


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _one_or_several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Words = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_one_or_several), Field(min_length=1)
]
"""Their words for one of ours: the first is sent, all are read."""


class Schemas(Part):
    """File names beside the mapping; empty for none."""

    request: str = ""
    answer: str = ""


class Limits(Part):
    answer_bytes: Annotated[int, Field(ge=1024, le=16_000_000)] = 1_000_000
    depth: Annotated[int, Field(ge=2, le=128)] = 32
    records: Annotated[int, Field(ge=1, le=1000)] = 100


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    for name, template in headers.items():
        if not HEADER_NAME.fullmatch(name) or not template.isascii() or not template.isprintable():
            raise ValueError(f"{name}: a header has a name of letters, digits and hyphens, and printable ASCII")
        for asked in PLACEHOLDER.findall(template):
            if asked not in CREDENTIALS | {"basic"}:
                raise ValueError(f"{name}: {{{asked}}} is none of {{user}}, {{password}}, {{token}} and {{basic}}")
    return headers


Headers = Annotated[dict[str, str], AfterValidator(_sendable)]


class Http(Part):
    headers: Headers = Field(default_factory=dict)
    statuses: dict[Annotated[int, Field(ge=100, le=599)], NotCheckedReason] = Field(default_factory=dict)


class Dates(Part):
    day: str
    month: str
    year: str

    @model_validator(mode="after")
    def _know_their_parts(self) -> Self:
        for name, parts in (("day", ("YYYY", "MM", "DD")), ("month", ("YYYY", "MM")), ("year", ("YYYY",))):
            pattern = getattr(self, name)
            if pattern and tuple(part for part in PARTS if pattern.count(part) == 1) != parts:
                raise ValueError(f"the pattern of {name} needs {', '.join(parts)}, each once, and no other")
        return self

    @property
    def patterns(self) -> DatePatterns:
        return DatePatterns(self.day, self.month, self.year)


class WrittenField(Part):
    """One element or attribute of a request: from a field of the question or a constant."""

    to: str
    source: Annotated[str | None, Field(alias="from")] = None
    constant: str | None = None
    first: Annotated[int, Field(ge=1)] | None = None
    values: str | None = None
    upper: bool = False

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.source is None) == (self.constant is None):
            raise ValueError("exactly one of from and constant is needed")
        return self


def _path_alone(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


class Place(Part):
    """Where something is read, and which table of values or date patterns translates it."""

    path: str
    values: str | None = None
    date: bool = False


class ScorePlace(Part):
    """Where a score is read that runs from ``lowest`` to ``highest``."""

    path: str
    lowest: float = 0
    highest: float = 1

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if not self.lowest < self.highest:
            raise ValueError("highest must be above lowest")
        return self


ReadPlace = Annotated[Place, BeforeValidator(_path_alone)]
NOWHERE = Place(path="")


class FaultPlaces(Part):
    element: str
    code: str = ""
    codes: dict[str, NotCheckedReason] = Field(default_factory=dict)


class RecordPlaces(Part):
    reference: ReadPlace
    owner: ReadPlace = NOWHERE
    database: ReadPlace = NOWHERE
    match: ReadPlace = NOWHERE
    score: ScorePlace = ScorePlace(path="")
    explanations: ReadPlace = NOWHERE
    fraud_type: ReadPlace = NOWHERE
    notice_colour: ReadPlace = NOWHERE
    action: ReadPlace = NOWHERE
    caution: ReadPlace = NOWHERE
    fields: dict[Annotated[str, Field(min_length=1)], ReadPlace] = Field(default_factory=dict)


class AnswerPlaces(Part):
    """``request_id`` and ``database`` have no default: a mapping says on purpose that a service echoes none.

    Of ``total`` and ``nothing_found`` at least one is given: that a path finds no record is no word of the service.
    """

    payload: Annotated[str, Field(min_length=1)]
    request_id: str
    database: ReadPlace
    total: str = ""
    nothing_found: str = ""
    copy_as_of: str = ""
    records: Annotated[str, Field(min_length=1)]
    fault: FaultPlaces
    record: RecordPlaces

    @model_validator(mode="after")
    def _know_an_empty_one(self) -> Self:
        if not self.total and not self.nothing_found:
            raise ValueError("total or nothing_found is needed: an answer has to say itself that nothing was found")
        return self


class Request(Part):
    fields: Annotated[tuple[WrittenField, ...], Field(min_length=1)]
    payload: Annotated[str, Field(min_length=1)]


class Sample(Part):
    """What an operation is tried with: a question, an answer of the service that has one record, and that record.

    ``answer`` is a file beside the mapping; it is to the request id ``request_id``.
    """

    question: dict[str, str]
    answer: Annotated[str, Field(min_length=1)]
    request_id: UUID = SAMPLE_ID
    record: Record


class Operation(Part):
    path: Annotated[str, Field(pattern=r"^/[!-~]*$")]
    headers: Headers = Field(default_factory=dict)
    fields: tuple[WrittenField, ...]
    answer: AnswerPlaces | None = None
    sample: Sample


class Probe(Part):
    path: Annotated[str, Field(pattern=r"^/[!-~]*$")]
    headers: Headers = Field(default_factory=dict)
    fields: tuple[WrittenField, ...] = ()
    ready: Annotated[str, Field(min_length=1)]
    copy_as_of: str = ""


class Mapping(Part):
    """The whole file."""

    namespaces: dict[str, str]
    schemas: Schemas = Schemas()
    limits: Limits = Limits()
    http: Http = Http()
    dates: Dates
    values: dict[str, dict[str, Words]] = Field(default_factory=dict)
    request: Request
    operations: Annotated[dict[Database, Operation], Field(min_length=1)]
    probe: Probe
    answer: AnswerPlaces

    @field_validator("namespaces")
    @classmethod
    def _have_prefixes(cls, namespaces: dict[str, str]) -> dict[str, str]:
        if not all(namespaces) or not all(namespaces.values()):
            raise ValueError("every namespace needs a prefix and a name")
        return namespaces

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = [
            *self._unknown_values(),
            *self._unknown_sources(),
            *self._unknown_words(),
            *self._untold_databases(),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def fields_of(self, database: Database) -> tuple[WrittenField, ...]:
        """Everything that is written in a question to ``database``, in its order."""
        return self.request.fields + self.operations[database].fields

    def answer_of(self, database: Database) -> AnswerPlaces:
        return self.operations[database].answer or self.answer

    def to_theirs(self, table: str, word: str) -> str:
        """Their word for one of ours; empty where the table has none."""
        return self.values[table].get(word, ("",))[0]

    def to_ours(self, table: str, word: str) -> str | None:
        """Our word for one of theirs, in capitals or not; None where the table has none."""
        folded = word.casefold()
        for ours, theirs in self.values[table].items():
            if any(one.casefold() == folded for one in theirs):
                return ours
        return None

    def _unknown_values(self) -> Iterator[str]:
        named: set[str] = set()
        for database in self.operations:
            record = self.answer_of(database).record
            places = [getattr(record, name) for name in type(record).model_fields if name not in {"fields", "score"}]
            places += [*record.fields.values(), self.answer_of(database).database]
            named |= {place.values for place in places if place.values}
            named |= {field.values for field in self.fields_of(database) if field.values}
        return (f"there is no table [values.{name}]" for name in sorted(named - set(self.values)))

    def _unknown_sources(self) -> Iterator[str]:
        for field in self.probe.fields:
            if field.source is not None and field.source not in CREDENTIALS:
                yield f"probe: nobody is asked about, so {field.source!r} can't be sent"
        for database in self.operations:
            known = WHO_ASKS | CREDENTIALS | {"database"} | set(KIND_OF_QUERY[database].model_fields)
            known |= DATE_PARTS if "birth_date" in known else set()
            for field in self.fields_of(database):
                if field.source is not None and field.source not in known:
                    yield f"operations.{database}: a question has no {field.source!r}"

    def _untold_databases(self) -> Iterator[str]:
        for database in self.operations:
            for field in self.fields_of(database):
                if field.source == "database" and field.values and database not in self.values.get(field.values, ()):
                    yield f"values.{field.values}: there is no word for {database}"

    def _unknown_words(self) -> Iterator[str]:
        for database in self.operations:
            answer = self.answer_of(database)
            for place, ours in (
                (answer.database, set(Database)),
                (answer.record.database, set(Database)),
                (answer.record.fraud_type, set(FraudType)),
                (answer.record.notice_colour, set(NoticeColour)),
                (answer.record.match, MATCH_TYPES),
            ):
                for word in sorted(set(self.values.get(place.values or "", ())) - ours):
                    yield f"values.{place.values}: {word!r} is not one of {', '.join(sorted(ours))}"


def shipped_mapping() -> Path:
    """The mapping that comes with the bridge."""
    return Path(str(files("interpol_bridge.backends.gateway") / "interface" / "mapping.toml"))


def read_mapping(path: Path) -> Mapping:
    """The mapping of a file.

    :raises ConfigurationError: it can't be read, is no TOML, or doesn't say what is needed; the text says where
    """
    try:
        return Mapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"The mapping {path} can't be read: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors())
        raise ConfigurationError(f"The mapping {path} can't be used: {wrong}.") from error
