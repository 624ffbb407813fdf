"""A bureau's reading of a search: ``request.xsd``, as questions to the simulator's records."""

from importlib.resources import files
from pathlib import Path

from crossing.ports.bridge import Database
from interpol_bridge.backends.gateway.xml import Element, NotXml, Schema, parse
from interpol_bridge.simulator.protocol import FindQuestion

NAMESPACE = "urn:crossing:find:1"
DEPTH = 8
SEX = {"MALE": "M", "FEMALE": "F"}
DOCUMENT_TYPE = {"PASSPORT": "P", "IDENTITY_CARD": "I", "VISA": "V"}

FIELDS = {
    "Number": "document_number",
    "Country": "issuing_state",
    "Type": "document_type",
    "FamilyName": "family_name",
    "Forenames": "forenames",
    "BirthDate": "birth_date",
    "Sex": "sex",
    "Nationality": "nationality",
    "Vin": "vin",
    "Plate": "plate",
    "PlateCountry": "plate_country",
}


class NoSearch(Exception):
    """A request that is no search."""


class SearchReader:
    """Reads requests that the schema allows."""

    def __init__(self) -> None:
        self._schema = Schema(schema_file("request.xsd"))

    def read(self, body: bytes) -> tuple[Database, FindQuestion]:
        """:raises NoSearch: it is no XML, or the schema forbids it"""
        try:
            search = parse(body, depth=DEPTH)
        except NotXml as error:
            raise NoSearch(str(error)) from None
        if problem := self._schema.problem(search):
            raise NoSearch(problem)
        header, subject = search
        said = {_name(child): child.text or "" for child in header}
        asked = {FIELDS[_name(child)]: _ours(_name(child), child.text or "") for child in subject}
        return Database(str(search.attrib["database"]).lower()), FindQuestion.model_validate(
            {
                "request_id": said["RequestId"],
                "officer": said["User"],
                "post": said["Location"],
                "purpose": said["Purpose"],
                "legal_basis": said["LegalBasis"],
                "asked": asked,
            }
        )


def schema_file(name: str) -> Path:
    """A schema of the interface that both sides are written against."""
    return Path(str(files("interpol_bridge.backends.gateway") / "interface" / name))


def _name(element: Element) -> str:
    return str(element.tag).removeprefix(f"{{{NAMESPACE}}}")


def _ours(name: str, text: str) -> str:
    if name == "Sex":
        return SEX[text]
    return DOCUMENT_TYPE.get(text, "") if name == "Type" else text
