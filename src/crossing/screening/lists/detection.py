"""Of which format a file probably is. A first guess for an operator: the format's own reader decides."""

from typing import Final

from crossing.platform.errors import DomainError
from crossing.screening.lists.formats import FORMATS, ahead, hand_made
from crossing.screening.lists.formats.tables import headers_of
from crossing.screening.lists.mapping import confidence, suggest

_HEAD_BYTES: Final = 4096
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
"""The object identifier of CMS SignedData (RFC 5652 section 5.1), with which a master list begins."""

_ZIP: Final = b"PK\x03\x04"
_DIRECTORY_BYTES: Final = 65_536
_MARKS: Final[tuple[tuple[str, tuple[bytes, ...]], ...]] = (
    ("csca_crl", (b"-----begin x509 crl",)),
    ("un_xml", (b"<consolidated_list",)),
    (hand_made.NAME, (b'"format":"hand_made"',)),
    (ahead.NAME, (b'"format":"ahead"',)),
    ("opensanctions_ftm", (b'"schema"', b'"properties"')),
    ("opensanctions_simple", (b"schema", b"aliases", b"first_seen")),
    ("interpol_notices", (b'"forename"', b'"entity_id"')),
    ("ofac_sdn", (b"-0-",)),
)
"""What stands at the beginning of a file, in small letters; the first format all of whose words are there counts."""


def detect(content: bytes) -> str | None:
    """The name of the format; None where nothing speaks for one. Never raises, whatever the file is."""
    if content.startswith(b"\x30"):
        return "csca_master_list" if _SIGNED_DATA in content[:64] else "csca_crl"
    if content.startswith(_ZIP) and b"sdn.csv" in content[-_DIRECTORY_BYTES:].lower():
        return "ofac_sdn"
    head = content[:_HEAD_BYTES].lower()
    for name, words in _MARKS:
        if not content.startswith(_ZIP) and all(word in head for word in words):
            return name
    return _by_columns(content)


def _by_columns(content: bytes) -> str | None:
    """The format of mapped columns whose words the column names have most of."""
    try:
        headers = headers_of(content)
    except DomainError:
        return None
    scores = {
        name: sum(confidence(suggest(headers, name), name).values())
        for name, one in FORMATS.items()
        if one.takes_mapping
    }
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 1 else None
