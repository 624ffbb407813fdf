"""Who crosses, what they show, and which record of INTERPOL's is about them: all drawn from one seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from crossing.screening.schemas import CheckKind
from tests.integration.interpol_bridge.chaos.plan import LISTED, Plan, in_copy, record

LISTED_SHARE: Final = 0.3
DRIVING_SHARE: Final = 0.4
PATIENCE_SHARE: Final = 0.3
KIND_OF: Final = {
    "sltd": CheckKind.INTERPOL_SLTD,
    "tdawn": CheckKind.INTERPOL_TDAWN,
    "nominals": CheckKind.INTERPOL_NOMINALS,
    "smv": CheckKind.INTERPOL_SMV,
}


@dataclass(frozen=True, slots=True)
class Traveller:
    """``marks`` is what each database is asked by, which nobody else has. ``listed``: in which of them, if any.

    ``patient``: the officer waits a while for INTERPOL before deciding.
    """

    identity: dict[str, Any]
    vehicle: dict[str, Any] | None
    marks: Mapping[CheckKind, str]
    listed: CheckKind | None
    reference: str
    in_copy: bool
    patient: bool


def travellers(plan: Plan, count: int) -> list[Traveller]:
    """``count`` travellers; each record of the plan is about one of them at most, the first is listed."""
    chance = Random(f"travellers {plan.seed}")
    records = [(database, number) for database in KIND_OF for number in range(LISTED)]
    chance.shuffle(records)
    return [
        _traveller(plan, chance, records.pop() if records and (at == 0 or chance.random() < LISTED_SHARE) else None)
        for at in range(count)
    ]


def _traveller(plan: Plan, chance: Random, listed: tuple[str, int] | None) -> Traveller:
    database, number = listed or ("", 0)
    shown = {name: record(name, LISTED, chance) for name in ("sltd", "nominals", "smv")}
    held = plan.records[database][number] if listed else {}
    shown["sltd" if database == "tdawn" else database] = held
    paper, person, car = shown["sltd"], shown["nominals"], shown["smv"]
    driving = database == "smv" or chance.random() < DRIVING_SHARE
    marks = {
        CheckKind.INTERPOL_SLTD: paper["document_number"],
        CheckKind.INTERPOL_TDAWN: paper["document_number"],
        CheckKind.INTERPOL_NOMINALS: person["family_name"],
    }
    return Traveller(
        identity=_identity(paper, person),
        vehicle={"type": "car", "plate": car["plate"], "country": car["plate_country"]} if driving else None,
        marks=marks | ({CheckKind.INTERPOL_SMV: car["plate"]} if driving else {}),
        listed=KIND_OF[database] if listed else None,
        reference=held.get("reference", ""),
        in_copy=listed is not None and in_copy(number),
        patient=chance.random() < PATIENCE_SHARE,
    )


def _identity(paper: Mapping[str, Any], person: Mapping[str, Any]) -> dict[str, Any]:
    """Typed, as a desk without a scanner does."""
    document = {"type": "P", "number": paper["document_number"], "issuing_state": "UTO", "expiry_date": "2034-01-01"}
    return {
        "case": "document",
        "person": {
            "surname": person["family_name"],
            "given_names": person["forenames"],
            "birth_date": person["birth_date"],
            "nationality": "UTO",
        },
        "document": document,
    }
