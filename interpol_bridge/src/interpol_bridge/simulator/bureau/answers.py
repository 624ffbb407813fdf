"""A bureau's answers, as ``answer.xsd`` has them, and what is said instead where it behaves badly."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from lxml import etree

from crossing.ports.bridge import Database
from interpol_bridge.backends.base import Record
from interpol_bridge.backends.gateway.xml import Element
from interpol_bridge.simulator.bureau.questions import NAMESPACE
from interpol_bridge.simulator.delivery import Forms

MEDIA_TYPE = "application/xml"
NOBODYS_QUESTION = UUID("00000000-0000-4000-8000-000000000000")

MATCH = {"exact": "EXACT", "twin": "VARIANT", "fuzzy": "SIMILAR"}
DOCUMENT_TYPE = {"P": "PASSPORT", "I": "IDENTITY_CARD", "V": "VISA"}
SEX = {"M": "MALE", "F": "FEMALE"}

SUBJECT: Mapping[Database, tuple[str, Mapping[str, str]]] = {
    Database.NOMINALS: (
        "Person",
        {
            "FamilyName": "family_name",
            "Forenames": "forenames",
            "BirthDate": "birth_date",
            "Sex": "sex",
            "Nationality": "nationality",
            "Charges": "charges",
        },
    ),
    Database.SMV: (
        "Vehicle",
        {
            "Vin": "vin",
            "Plate": "plate",
            "PlateCountry": "plate_country",
            "Make": "make",
            "Model": "model",
            "Colour": "colour",
        },
    ),
}
DOCUMENT = (
    "Document",
    {"Number": "document_number", "Country": "issuing_state", "Type": "document_type", "Reported": "reported_on"},
)

DOCTYPE = b"""<!DOCTYPE Answer [<!ENTITY a "aaaaaaaaaa">\
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>"""


def answer_forms(
    request_id: UUID, database: Database, records: Sequence[Record], copy_as_of: datetime | None
) -> Forms:
    """The answer to a search, and everything wrong that may be said instead."""
    answer = etree.tostring(_answer(request_id, database, records, copy_as_of))
    shapeless = _answer(request_id, database, (), copy_as_of)
    del shapeless.attrib["total"]
    nameless = _answer(request_id, database, (), copy_as_of)
    nameless.set("total", "1")
    _child(nameless, "Record", owner="NCB Utopia")
    return Forms(
        media_type=MEDIA_TYPE,
        answer=answer,
        wrong={
            "wrong_shape": etree.tostring(shapeless),
            "bad_record": etree.tostring(nameless),
            "other_question": etree.tostring(_answer(NOBODYS_QUESTION, database, records, copy_as_of)),
            "doctype": DOCTYPE + answer,
            "foreign_namespace": answer.replace(NAMESPACE.encode(), b"urn:example:elsewhere"),
            "fault_element": fault("INTERNAL_ERROR"),
        },
    )


def status_forms(copy_as_of: datetime | None) -> Forms:
    """The word of a bureau that would answer, and everything wrong that may be said instead."""
    status = _root("Status", state="READY", **_dated(copy_as_of))
    said = etree.tostring(status)
    return Forms(
        media_type=MEDIA_TYPE,
        answer=said,
        wrong={
            "wrong_shape": etree.tostring(_root("Status")),
            "doctype": DOCTYPE + said,
            "foreign_namespace": said.replace(NAMESPACE.encode(), b"urn:example:elsewhere"),
            "fault_element": fault("INTERNAL_ERROR"),
        },
    )


def fault(code: str) -> bytes:
    return etree.tostring(_root("Fault", code=code))


def _answer(request_id: UUID, database: Database, records: Sequence[Record], copy_as_of: datetime | None) -> Element:
    answer = _root(
        "Answer",
        requestId=str(request_id),
        database=database.upper(),
        total=str(len(records)),
        **_dated(copy_as_of),
    )
    for record in records:
        _write(answer, database, record)
    return answer


def _write(answer: Element, database: Database, record: Record) -> None:
    element = _child(answer, "Record", reference=record.record_reference, owner=record.owner_bureau)
    match = _child(element, "Match", type=MATCH[record.match_type], score=f"{record.score * 100:.8f}")
    for reason in record.explanations:
        _child(match, "Reason").text = reason
    if record.fraud_type:
        _child(element, "Fraud").text = record.fraud_type.upper()
    if record.notice_colour:
        _child(element, "Notice").text = record.notice_colour.upper()
    name, fields = SUBJECT.get(database, DOCUMENT)
    subject = _child(element, name)
    for tag, field in fields.items():
        if text := record.fields.get(field):
            _child(subject, tag).text = _theirs(tag, text)
    for tag, text in (("Action", record.action), ("Caution", record.caution)):
        if text:
            _child(element, tag).text = text


def _theirs(tag: str, text: str) -> str:
    if tag == "Sex":
        return SEX.get(text, text)
    return DOCUMENT_TYPE.get(text, text) if tag == "Type" else text


def _dated(copy_as_of: datetime | None) -> dict[str, str]:
    return {"copyAsOf": copy_as_of.isoformat()} if copy_as_of else {}


def _root(tag: str, **attributes: str) -> Element:
    return etree.Element(f"{{{NAMESPACE}}}{tag}", attributes, nsmap={"f": NAMESPACE})


def _child(parent: Element, tag: str, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
