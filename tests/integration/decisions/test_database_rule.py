"""The database itself refuses what only the bureau can say of INTERPOL's records without its reference for each and a
second officer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crossing.decisions.models import Referral
from crossing.decisions.schemas import Finding, HitWord, RefusalReason, Resolution, Verdict
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.screening.models import VerificationToSend
from crossing.screening.schemas import CheckKind, CheckOutcome
from tests.factories.movements import check

NOW = datetime(2031, 3, 1, 8, tzinfo=UTC)
INTERPOL = check(CheckKind.INTERPOL_SLTD, CheckOutcome.HIT).model_dump(mode="json")
VEHICLE = check(CheckKind.INTERPOL_SMV, CheckOutcome.HIT).model_dump(mode="json")
LISTED = check(CheckKind.NAME_LIST, CheckOutcome.POSSIBLE).model_dump(mode="json")
MESSAGE = "reference of the bureau and a second officer"


def found(finding: Finding, reference: str = "", hits: Sequence[tuple[Finding, str]] = ()) -> dict[str, Any]:
    """A resolution; ``hits``: what was found of single records, each with its reference."""
    resolution = Resolution(
        verdict=Verdict.REFUSE,
        reason_code=RefusalReason.LISTED,
        finding=finding,
        bureau_reference=reference,
        hits=tuple(HitWord(hit_id=new_id(), finding=one, bureau_reference=of_it) for one, of_it in hits),
    )
    return resolution.model_dump(mode="json")


PROVED: dict[str, Any] = {
    "resolution": found(Finding.CONFIRMED, "UTO-77"),
    "resolved_by": "s.kone",
    "approved_by": "b.ouedraogo",
}


def referral(**changed: Any) -> dict[str, Any]:
    row = {
        "referral_id": new_id(), "session_id": new_id(), "post": "KOR", "lane": "1", "state": "resolved",
        "late": False, "opened_at": NOW, "opened_by": "a.traore", "note": "", "reasons": [INTERPOL],
        "resolved_at": NOW,
    }  # fmt: skip
    return row | PROVED | changed


UNPROVED: Mapping[str, dict[str, Any]] = {
    "no reference": {"resolution": found(Finding.CONFIRMED)},
    "a reference of blanks": {"resolution": PROVED["resolution"] | {"bureau_reference": "  "}},
    "a reference of a tab": {"resolution": PROVED["resolution"] | {"bureau_reference": "\t"}},
    "a reference of a no-break space": {"resolution": PROVED["resolution"] | {"bureau_reference": "\u00a0"}},
    "a reference without width": {"resolution": PROVED["resolution"] | {"bureau_reference": "\u200b"}},
    "reference null": {"resolution": PROVED["resolution"] | {"bureau_reference": None}},
    "withdrawn without a reference": {"resolution": found(Finding.RECORD_WITHDRAWN)},
    "withdrawn by one officer": {"resolution": found(Finding.RECORD_WITHDRAWN, "UTO-77"), "approved_by": ""},
    "approved by a tab": {"approved_by": "\t"},
    "the same officer with a tab": {"approved_by": "s.kone\t"},
    "the same officer without width": {"approved_by": "s.k\u200bone"},
    "the same officer with an accent": {"approved_by": "s.kon\u00e9", "resolved_by": "S.KON\u00c9"},
    "a record without a reference of its own": {
        "resolution": found(Finding.CONFIRMED, "UTO-77", [(Finding.CONFIRMED, "UTO-77"), (Finding.CONFIRMED, "")])
    },
    "a record withdrawn without a reference": {
        "resolution": found(Finding.NOT_THE_PERSON, "UTO-77", [(Finding.RECORD_WITHDRAWN, "\t")])
    },
    "a record of one officer": {
        "resolution": found(Finding.NOT_THE_PERSON, "", [(Finding.RECORD_WITHDRAWN, "UTO-77")]),
        "approved_by": "s.kone",
    },
    "confirmed, and none of its records": {"resolution": found(Finding.CONFIRMED, "", [(Finding.UNCONFIRMED, "")])},
    "withdrawn, and none of its records": {
        "reasons": [LISTED, INTERPOL],
        "resolution": found(Finding.RECORD_WITHDRAWN, "", [(Finding.UNCONFIRMED, "")]),
    },
    "nobody approved": {"approved_by": ""},
    "the same officer": {"approved_by": "s.kone"},
    "the same officer in capitals": {"approved_by": " S.Kone "},
    "a vehicle": {"reasons": [VEHICLE], "approved_by": ""},
    "among other reasons": {"reasons": [LISTED, INTERPOL], "approved_by": ""},
}

ALLOWED: Mapping[str, dict[str, Any]] = {
    "proved": {},
    "not confirmed": {"resolution": found(Finding.NOT_THE_PERSON), "approved_by": ""},
    "a list of one's own": {"reasons": [LISTED], "resolution": found(Finding.CONFIRMED), "approved_by": ""},
    "each record with its own": {
        "resolution": found(Finding.CONFIRMED, "", [(Finding.CONFIRMED, "UTO-77"), (Finding.NOT_THE_PERSON, "")])
    },
    "a list of one's own beside another man's record": {
        "reasons": [LISTED, INTERPOL],
        "resolution": found(Finding.CONFIRMED, "", [(Finding.NOT_THE_PERSON, "")]),
        "approved_by": "",
    },
    "no reasons": {"reasons": [], "resolution": found(Finding.UNCONFIRMED), "approved_by": ""},
    "still waiting": {"state": "awaiting_approval", "approved_by": ""},
    "open": {"state": "open", "resolution": None, "resolved_by": "", "approved_by": ""},
}


def insert(database: Database, row: Mapping[str, Any]) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.insert(Referral).values(**row))


def test_none_without_its_proof_is_written_or_changed_into_one(any_database: Database) -> None:
    for changed in UNPROVED.values():
        with pytest.raises(DBAPIError, match=MESSAGE):
            insert(any_database, referral(**changed))
        waiting = referral(**changed) | {"state": "awaiting_approval"}
        insert(any_database, waiting)
        resolve = sa.update(Referral).where(Referral.referral_id == waiting["referral_id"]).values(state="resolved")
        with pytest.raises(DBAPIError, match=MESSAGE), any_database.engine.begin() as connection:
            connection.execute(resolve)


def test_a_resolved_one_does_not_lose_its_proof_afterwards(any_database: Database) -> None:
    row = referral()
    insert(any_database, row)
    for values in ({"approved_by": ""}, {"resolution": found(Finding.CONFIRMED)}, {"resolved_by": "b.ouedraogo"}):
        change = sa.update(Referral).where(Referral.referral_id == row["referral_id"]).values(**values)
        with pytest.raises(DBAPIError, match=MESSAGE), any_database.engine.begin() as connection:
            connection.execute(change)


def test_everything_else_is_written(any_database: Database) -> None:
    for changed in ALLOWED.values():
        insert(any_database, referral(**changed))
    with any_database.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Referral)) == len(ALLOWED)


def test_no_word_of_confirmation_is_queued_without_its_proof(any_database: Database) -> None:
    word = {
        "id": new_id(), "hit_id": new_id(), "referral_id": new_id(), "verdict": "confirmed", "officer": "s.kone",
        "approver": "b.ouedraogo", "reference": "UTO-77", "state": "pending", "attempts": 0, "queued_at": NOW,
        "due_at": NOW,
    }  # fmt: skip
    for wrong in (
        {"reference": " "}, {"reference": "\t"}, {"approver": ""}, {"approver": "S.KONE"}, {"approver": "s.kone\t"},
        {"verdict": "record_withdrawn", "reference": ""}, {"verdict": "record_withdrawn", "approver": ""},
    ):  # fmt: skip
        with pytest.raises(DBAPIError), any_database.engine.begin() as connection:
            connection.execute(sa.insert(VerificationToSend).values(**(word | wrong)))
    with any_database.engine.begin() as connection:
        connection.execute(sa.insert(VerificationToSend).values(**word))
