"""Small lists in the formats that the room reads, and what imports them."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crossing.audit.service import Audit
from crossing.faces.service import FaceService
from crossing.identity.principal import SYSTEM
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database
from crossing.screening.lists.document_sets import DocumentSets
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.portrait_reading import PortraitLoader
from crossing.screening.lists.service import ListService

AS_OF = datetime(2031, 2, 20, tzinfo=UTC)

SIGNING_KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(b"a test machine's signing key ..."))


def csv_of(*rows: dict[str, str], delimiter: str = ",") -> bytes:
    """A CSV file whose header has every column that some row has."""
    out = io.StringIO(newline="")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(out, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def person(reference: str = "N-1", surname: str = "Diallo", **more: str) -> dict[str, str]:
    return {"reference": reference, "surname": surname, "given_names": "Mamadou", **more}


def document(number: str = "A1234567", **more: str) -> dict[str, str]:
    return {"number": number, "issuing_state": "MLI", "type": "passport", "reason": "stolen", **more}


def vehicle(reference: str = "V-1", plate: str = "AB-1234", **more: str) -> dict[str, str]:
    return {"reference": reference, "plate": plate, "country": "MLI", "reason": "stolen", **more}


def un_individual(reference: str, first: str, second: str = "", inside: str = "") -> str:
    return (
        f"<INDIVIDUAL><FIRST_NAME>{escape(first)}</FIRST_NAME><SECOND_NAME>{escape(second)}</SECOND_NAME>"
        f"<UN_LIST_TYPE>DRC</UN_LIST_TYPE><REFERENCE_NUMBER>{reference}</REFERENCE_NUMBER>{inside}</INDIVIDUAL>"
    )


def un_birth(**fields: str) -> str:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<INDIVIDUAL_DATE_OF_BIRTH>{inside}</INDIVIDUAL_DATE_OF_BIRTH>"


def un_alias(name: str, quality: str = "Good") -> str:
    return f"<INDIVIDUAL_ALIAS><QUALITY>{quality}</QUALITY><ALIAS_NAME>{escape(name)}</ALIAS_NAME></INDIVIDUAL_ALIAS>"


def un_list(*individuals: str, generated: str = "2031-02-20T00:00:00Z") -> bytes:
    inside = "\n".join(individuals)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<CONSOLIDATED_LIST dateGenerated="{generated}">\n'
        f"<INDIVIDUALS>\n{inside}\n</INDIVIDUALS>\n<ENTITIES/>\n</CONSOLIDATED_LIST>"
    ).encode()


def list_service(
    database: Database,
    clock: Clock,
    *,
    blobs: BlobStore | None = None,
    faces: FaceService | None = None,
    sets: DocumentSets | None = None,
) -> ListService:
    return ListService(
        database,
        blobs,
        clock=clock,
        audit=Audit(clock),
        signing_key=SIGNING_KEY,
        faces=faces,
        sets=sets,
        interval_s=0.05,
    )


def order(
    content: bytes,
    *,
    code: str = "national",
    format: str | None = "national_persons",  # noqa: A002 - as in the order itself
    as_of: datetime | None = AS_OF,
    accept_loss: bool = False,
    portraits: PortraitLoader | None = None,
    signer: str | None = None,
    signer_seen: bool = True,
    **remembered: Any,
) -> ImportOrder:
    """``remembered``: provenance, defaults, mapping."""
    return ImportOrder(
        code=code,
        content=content,
        actor=SYSTEM,
        name=f"The {code} list",
        format=format,
        as_of=as_of,
        accept_loss=accept_loss,
        portraits=portraits,
        signer=signer,
        signer_seen=signer_seen,
        **remembered,
    )
