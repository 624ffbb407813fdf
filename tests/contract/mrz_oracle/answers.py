"""What either parser says of a document, in the same words."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import playwright
from tools.fetch_mrz_oracle import FOLDER, VERSION

from crossing.documents.mrz import CheckOutcome, Mrz, MrzFormat, ProblemCode, parse
from tests.contract.mrz_oracle.generated import TODAY, Document

PACKAGE: Final = FOLDER / VERSION / "lib" / "index.js"
NODE: Final = Path(playwright.__file__).parent / "driver" / "node"
_SCRIPT: Final = Path(__file__).with_name("oracle.mjs")
_TIMEOUT_S: Final = 120

_THEIR_FORMATS: Final = {"FRENCH_NATIONAL_ID": MrzFormat.FRENCH_ID.value}
_THEIR_FIELDS: Final = {
    "documentCode": "document_code",
    "issuingState": "issuing_state",
    "lastName": "surname",
    "firstName": "given_names",
    "nationality": "nationality",
    "birthDate": "birth_date",
    "sex": "sex",
    "expirationDate": "expiry_date",
    "issueDate": "issued_on",
    "personalNumber": "optional_data",
    "optional": "optional_data",
    "optional1": "optional_data",
    "optional2": "optional_data_2",
    "administrativeCode": "optional_data",
}
_THEIR_CHECKS: Final = {
    "documentNumberCheckDigit": "document_number",
    "birthDateCheckDigit": "birth_date",
    "expirationDateCheckDigit": "expiry_date",
    "personalNumberCheckDigit": "optional_data",
    "compositeCheckDigit": "composite",
}
_SEXES: Final = {"male": "M", "female": "F", "nonspecified": ""}
# What makes the oracle call a field, and with it the document, wrong. On an unknown code we remark, and go on.
_WRONG: Final = frozenset(
    {
        ProblemCode.ILLEGAL_CHARACTER,
        ProblemCode.DATE_IMPOSSIBLE,
        ProblemCode.SEX_UNKNOWN,
        ProblemCode.NUMBER_MISSING,
        ProblemCode.NAME_MISSING,
        ProblemCode.ISSUER_UNKNOWN,
        ProblemCode.NATIONALITY_UNKNOWN,
        ProblemCode.DOCUMENT_CODE_UNUSUAL,
    }
)
_AS_WRITTEN: Final = frozenset({"birth_date", "expiry_date", "issued_on"})
_NAMES: Final = frozenset({"surname", "given_names"})


@dataclass(frozen=True)
class Answer:
    """``values`` holds a field's text, or None where it is called wrong; ``checks`` whether its check digit holds."""

    format: str | None
    valid: bool
    values: Mapping[str, str | None]
    checks: Mapping[str, bool]


def ours(document: Document) -> Answer:
    mrz = parse(document.lines, today=TODAY, repairing=False)
    wrong = {problem.field for problem in mrz.problems if problem.code in _WRONG}
    values = {name: None if name in wrong else _our_text(mrz, name) for name in mrz.fields}
    checks = {name: outcome is not CheckOutcome.FAILS for name, outcome in mrz.checks.items()}
    return Answer(mrz.format, mrz.valid and not wrong, values, checks)


def oracles(documents: Sequence[Document]) -> list[Answer]:
    """The oracle's answers, all from one run. Raises where it, or the node that runs it, is missing or fails."""
    if not PACKAGE.is_file():
        raise FileNotFoundError("the oracle is missing: run tools/fetch_mrz_oracle.py, as set-up for tests does")
    asked = "".join(json.dumps(document.lines) + "\n" for document in documents)
    done = subprocess.run(
        [NODE, _SCRIPT, PACKAGE], input=asked, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True
    )
    return [_theirs(json.loads(line)) for line in done.stdout.splitlines()]


def _our_text(mrz: Mrz, name: str) -> str:
    field = mrz.fields[name]
    if name == "sex":
        return field.raw.strip("<")
    return field.raw if name in _AS_WRITTEN else field.value


def _theirs(answer: dict[str, Any]) -> Answer:
    fields = answer["fields"]
    values: dict[str, str | None] = {}
    for theirs, name in _THEIR_FIELDS.items():
        if theirs in fields:
            values[name] = _their_text(name, fields[theirs])
    if "issueDate" not in fields and "documentNumber" in fields:
        values["document_number"] = _their_text("document_number", fields["documentNumber"])
    elif answer["documentNumber"]:
        # They have the French number in three pieces, and put it together where the issue date can be one.
        values["document_number"] = answer["documentNumber"].replace("<", " ").strip()
    checks = {name: fields[theirs]["valid"] for theirs, name in _THEIR_CHECKS.items() if theirs in fields}
    return Answer(_THEIR_FORMATS.get(answer["format"], answer["format"]), answer["valid"], values, checks)


def _their_text(name: str, field: dict[str, Any]) -> str | None:
    if not field["valid"]:
        return None
    value = str(field["value"] or "")
    if name == "sex":
        return _SEXES[value]
    if name == "document_number":
        return value.replace("<", " ").strip()
    return " ".join(value.split()) if name in _NAMES else value.strip(" ")
