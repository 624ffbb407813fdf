"""What is listed, what is asked, and which of the listed the offline copy has: all drawn from one seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from uuid import UUID

from interpol_bridge.simulator.scenario import Scenario

WHO_ASKS: Final = {"officer": "officer-7", "post": "KOR-01", "purpose": "entry check", "legal_basis": "Border Act"}
LISTED: Final = 60
LISTED_SHARE: Final = 0.2
DATABASES: Final = ("sltd", "sltd", "sltd", "sltd", "tdawn", "nominals", "nominals", "smv")
FIELD_OF: Final = {"sltd": "document", "tdawn": "document", "nominals": "nominal", "smv": "vehicle"}
PERSONAL: Final = ("document_number", "family_name", "plate")
LETTERS: Final = "ABDEFGKLMNRSTUVZ"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: its line of a batch, the reference it must end with (None: nothing), and if the copy has that."""

    item: dict[str, Any]
    reference: str | None
    in_copy: bool

    @property
    def request_id(self) -> str:
        return str(self.item[FIELD_OF[self.item["database"]]]["request_id"])


@dataclass
class Plan:
    """``records`` by database, each with a ``reference``; those of an even number were listed before the copy."""

    seed: int
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = Random(f"records {self.seed}")
        for database in ("sltd", "tdawn", "nominals", "smv"):
            self.records[database] = [record(database, number, chance) for number in range(LISTED)]

    def copied(self) -> Scenario:
        """What the copy has."""
        held = {name: [one for at, one in enumerate(rows) if in_copy(at)] for name, rows in self.records.items()}
        return Scenario.model_validate(held)

    def batches(self, questions: int) -> Iterator[list[Asked]]:
        """Batches of one to eight questions, ``questions`` in all."""
        chance = Random(f"questions {self.seed}")
        left = questions
        while left:
            size = min(left, chance.randint(1, 8))
            yield [self._question(chance) for _ in range(size)]
            left -= size

    def _question(self, chance: Random) -> Asked:
        database = chance.choice(DATABASES)
        request_id = str(UUID(int=chance.getrandbits(128), version=4))
        number = chance.randrange(LISTED) if chance.random() < LISTED_SHARE else None
        held = self.records[database][number] if number is not None else record(database, LISTED, chance)
        query = {"request_id": request_id, **WHO_ASKS, **_marks(database, held)}
        return Asked(
            item={"database": database, FIELD_OF[database]: query},
            reference=held["reference"] if number is not None else None,
            in_copy=number is not None and in_copy(number),
        )


def in_copy(number: int) -> bool:
    """Whether the copy has the record of this number."""
    return number % 2 == 0


def record(database: str, number: int, chance: Random) -> dict[str, Any]:
    """A record whose marks nobody else has."""
    mark = "".join(chance.choice("23456789") for _ in range(9))
    common = {"reference": f"{database.upper()}-{number}", "owner_bureau": "NCB Utopia"}
    match database:
        case "sltd":
            return {**common, "document_number": f"U{mark}", "issuing_state": "UTO", "fraud_type": "stolen"}
        case "tdawn":
            return {**common, "document_number": f"T{mark}", "issuing_state": "UTO", "notice_colour": "red"}
        case "smv":
            return {**common, "plate": f"P{mark}", "plate_country": "UTO"}
        case _:
            family, forename = ("".join(chance.choice(LETTERS) for _ in range(9)) for _ in range(2))
            born = f"{chance.randint(1950, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            name = {"family_name": family, "forenames": forename, "birth_date": born}
            return {**common, **name, "notice_colour": "red"}


def _marks(database: str, record: dict[str, Any]) -> dict[str, Any]:
    names = {
        "sltd": ("document_number", "issuing_state"),
        "tdawn": ("document_number", "issuing_state"),
        "nominals": ("family_name", "forenames", "birth_date"),
        "smv": ("plate", "plate_country"),
    }[database]
    return {name: record[name] for name in names}
