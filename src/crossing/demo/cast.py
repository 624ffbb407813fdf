"""Who crosses in the demonstration. All are invented; the portraits are of public persons, in the public domain."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Traveller:
    """One specimen order for the generator: the page, and who holds it. ``live`` is the portrait of another order."""

    id: str
    surname: str
    given_names: str
    birth_date: str
    sex: str
    portrait: str
    document_number: str = ""
    page: str | None = "td3"
    live: str | None = None

    @property
    def live_id(self) -> str:
        return self.live or self.id

    @property
    def electronic(self) -> bool:
        """Whether the document has a chip: Utopia's passports do, its cards do not."""
        return self.page == "td3"


HOLDER: Final = Traveller("holder", "COLLIER", "EILEEN MARIE", "1956-11-19", "F", "collins", "UT4821907")
STOLEN: Final = Traveller("stolen", "BRANDON", "JOSEPH ROBIN", "1942-11-20", "M", "biden", "L898902C3")
RESIDENT: Final = Traveller("resident", "CISSÉ", "GRÂCE AMINATA", "1961", "F", "hopper", page=None)
MISSING: Final = Traveller(
    "missing", "OBADIA", "BAKARY", "1961-08-04", "M", "obama", "UT7730154", live="missing-live"
)
MISSING_LIVE: Final = Traveller("missing-live", "OBADIA", "BAKARY", "1961-08-04", "M", "obama-speaking", page=None)
MISSING_NOTICE: Final = Traveller(
    "missing-notice", "OBADIA", "BAKARY", "1961-08-04", "M", "obama-standing", page=None
)
UNANSWERED: Final = Traveller("unanswered", "BIDJAN", "JOANNES", "1943-02-17", "M", "biden", "UT2209316", page="td2")
CUT_OFF: Final = Traveller("cut-off", "HOPPERT", "MURIELLE", "1966-12-09", "F", "hopper", "UT5517820", page="td1")

ALL: Final = (HOLDER, STOLEN, RESIDENT, MISSING, MISSING_LIVE, MISSING_NOTICE, UNANSWERED, CUT_OFF)


def specimen_orders() -> str:
    """The orders for ``crossing-devices specimens --travellers``."""
    return json.dumps([_order(one) for one in ALL], ensure_ascii=False, indent=1)


def passport_order(one: Traveller, portrait: bytes) -> dict[str, Any]:
    """What the virtual passport is to be: the same as on the page, with the portrait in its chip."""
    return {"traveller": _order(one) | {"portrait": None}, "picture": base64.b64encode(portrait).decode()}


def _order(one: Traveller) -> dict[str, Any]:
    birth = one.birth_date if len(one.birth_date) == 10 else f"{one.birth_date}-XX-XX"
    return {
        "id": one.id,
        "format": one.page,
        "surname": one.surname,
        "given_names": one.given_names,
        "birth_date": birth,
        "sex": one.sex,
        "document_number": one.document_number,
        "portrait": one.portrait,
    }


def bureau_scenario() -> str:
    """What the simulated bureau knows: one stolen passport."""
    return f"""[behaviour]
latency_ms = 180

[[sltd]]
document_number = "{STOLEN.document_number}"
issuing_state = "UTO"
document_type = "P"
fraud_type = "stolen"
reported_on = 2026-03-02
owner_bureau = "NCB Utopia"
action = "Keep the document and contact NCB Utopia."
caution = "The rightful holder reported it stolen; the bearer may be a victim too."
"""


def missing_persons_csv() -> str:
    """A national list of missing persons: the photograph counts, the name on it is another."""
    year = datetime.now(UTC).year
    return (
        "reference,surname,given_names,birth_dates,sex,nationalities,portrait,notice_colour,action,handling,"
        "legal_basis,authority,owner,review_on,expires_on\n"
        "YN-2026-0117,DIAKITÉ,SALIF,~1961,M,MLI,yn-2026-0117.jpg,yellow,"
        "À vérifier en seconde ligne ; prévenir l'unité de protection des familles.,"
        "Ne pas retenir. Demander en privé si la famille peut être prévenue et par qui.,"
        "Loi sur les personnes disparues,Unité de protection des familles,Police nationale,"
        f"{year + 1}-06-30,{year + 2}-12-31\n"
    )


def lost_documents_csv() -> str:
    """A national list of documents that nobody in the story carries."""
    return (
        "number,issuing_state,type,reason,action,legal_basis,authority,owner\n"
        "MA0098812,MLI,passeport,perdu,Garder le document.,Décret sur les passeports,Service des passeports,"
        "Police nationale\n"
    )
