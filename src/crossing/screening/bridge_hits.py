"""A record of INTERPOL's as the officer sees it. What the bridge says in known words is said in every language."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from crossing.ports.bridge import BridgeHit
from crossing.screening.schemas import Explanation, HitDetail

_LABEL_FIELDS: Final = (
    "family_name",
    "forenames",
    "issuing_state",
    "document_number",
    "plate_country",
    "plate",
    "vin",
)
_LOOKS: Final = ("make", "model", "colour")
MAX_FIELDS: Final = 30
MAX_FIELD_LENGTH: Final = 500

# The bridge's word, the explanation that says the same, and the fields of the record that it is about.
_KNOWN: Final = MappingProxyType(
    {
        "document number equal": ("document_same", ("document_number",)),
        "document number equal but for o/0 or i/1": ("document_twin", ("document_number",)),
        "document type differs": ("document_type_differs", ("document_type",)),
        "vin equal": ("vin_same", ("vin",)),
        "vin equal but for o/0 or i/1": ("vin_twin", ("vin",)),
        "plate equal": ("plate_same", ("plate",)),
        "plate equal but for o/0 or i/1": ("plate_twin", ("plate",)),
        "name equal": ("name_same", ("family_name", "forenames")),
        "birth date equal": ("birth_same", ("birth_date",)),
        "sex differs": ("sex_differs", ("sex",)),
    }
)
_NAME_SIMILAR: Final = "name similar"
_BIRTH_FITS: Final = "birth date compatible, not complete"
_FULL_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def hit_detail(hit: BridgeHit, *, source_name: str) -> HitDetail:
    """Everything that the bridge says of one record; ``entry_reference`` is the record's own reference."""
    fields = {name: value[:MAX_FIELD_LENGTH] for name, value in list(hit.fields.items())[:MAX_FIELDS]}
    return HitDetail(
        hit_id=hit.hit_id,
        list_name=f"{source_name} {hit.database.value.upper()}",
        entry_reference=hit.record_reference,
        label=_joined(fields, (*_LABEL_FIELDS, *_LOOKS)) or hit.record_reference,
        score=hit.score,
        explanations=tuple(_explanations(hit, fields)),
        action=hit.action,
        caution=hit.caution,
        notice_colour=hit.notice_colour.value if hit.notice_colour else "",
        owner_bureau=hit.owner_bureau,
        match_type=hit.match_type,
        fraud_type=hit.fraud_type.value if hit.fraud_type else "",
        fields=fields,
        must_verify=hit.must_verify_with_ncb,
    )


def _explanations(hit: BridgeHit, fields: Mapping[str, str]) -> Iterator[Explanation]:
    if hit.fraud_type is not None:
        yield Explanation(code=f"fraud_{hit.fraud_type.value}")
    yield from (_explanation(text, hit, fields) for text in hit.explanations)
    yield Explanation(code="owner_bureau", params={"bureau": hit.owner_bureau})


def _explanation(text: str, hit: BridgeHit, fields: Mapping[str, str]) -> Explanation:
    """One of ours where the bridge's word is known and the record says what it is about, else its own word."""
    said = text.strip().casefold()
    known = _KNOWN.get(said)
    if known is not None and (listed := _joined(fields, known[1])):
        return Explanation(code=known[0], params={"listed": listed})
    if said == _NAME_SIMILAR and (listed := _joined(fields, ("family_name", "forenames"))):
        return Explanation(code="name_close", params={"listed": listed, "percent": int(hit.score * 100)})
    if said == _BIRTH_FITS:
        return _birth_fits(fields.get("birth_date", ""))
    return Explanation(code="said_by_source", params={"text": text})


def _birth_fits(listed: str) -> Explanation:
    if not listed or _FULL_DATE.fullmatch(listed):
        # Of a whole date on the record nothing is known of how much was asked with.
        return Explanation(code="birth_unknown")
    return Explanation(code="birth_year_same", params={"listed": listed})


def _joined(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return " ".join(fields[name] for name in names if fields.get(name))
