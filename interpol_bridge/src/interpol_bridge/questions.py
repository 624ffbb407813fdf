"""One question to one database, complete enough to be asked."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from crossing.ports.bridge import BatchItem, Database, DocumentQuery, NominalQuery, VehicleQuery
from interpol_bridge.errors import QuestionIncomplete

Query = DocumentQuery | NominalQuery | VehicleQuery

WHO_ASKS = frozenset({"request_id", "officer", "post", "purpose", "legal_basis"})
"""The fields of a query that say who asks and why; the others are the asked data."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query and the database it is for.

    :raises QuestionIncomplete: the query is of another kind, a date does not exist, or a vehicle has no mark
    """

    database: Database
    query: Query

    def __post_init__(self) -> None:
        if not isinstance(self.query, KIND_OF_QUERY[self.database]):
            raise QuestionIncomplete(f"The question is not one that {self.database} can answer.")
        if isinstance(self.query, VehicleQuery):
            _check_vehicle(self.query)
        if isinstance(self.query, NominalQuery) and self.query.birth_date is not None:
            _check_partial_date(self.query.birth_date)

    @classmethod
    def from_json(cls, database: str, query: str) -> Self:
        """The question of a database's name and a query as JSON.

        :raises ValueError: there is no such database, or the query isn't one
        :raises QuestionIncomplete: as the class says
        """
        kind = Database(database)
        return cls(kind, KIND_OF_QUERY[kind].model_validate_json(query))

    @property
    def asked_data(self) -> dict[str, str | None]:
        """What is asked about, without who asks: personal data."""
        return self.query.model_dump(mode="json", exclude=set(WHO_ASKS))


KIND_OF_QUERY: dict[Database, type[Query]] = {
    Database.SLTD: DocumentQuery,
    Database.TDAWN: DocumentQuery,
    Database.NOMINALS: NominalQuery,
    Database.SMV: VehicleQuery,
}


def question_of_item(item: BatchItem) -> Question:
    """The question of one line of a batch, which carries exactly one query, the one its database is asked by.

    :raises QuestionIncomplete: it carries none, several, or another one
    """
    queries = [query for query in (item.document, item.nominal, item.vehicle) if query is not None]
    if len(queries) != 1:
        raise QuestionIncomplete("Each item of a batch carries exactly one of document, nominal and vehicle.")
    return Question(item.database, queries[0])


def _check_vehicle(query: VehicleQuery) -> None:
    if not query.vin and not (query.plate and query.plate_country):
        raise QuestionIncomplete("A vehicle is asked by its vin, or by its plate together with plate_country.")


def _check_partial_date(text: str) -> None:
    """``\\d`` of the contract's pattern also takes digits of other scripts and days that no month has."""
    try:
        year, month, day = (int(part) for part in (text + "-01-01")[:10].split("-"))
        exists = bool(date(year, month, day))
    except ValueError:
        exists = False
    if not exists or not text.isascii():
        raise QuestionIncomplete("The birth date does not exist.")
