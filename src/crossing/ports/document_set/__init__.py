"""A set of lost, stolen and revoked documents as large as INTERPOL's (130 million), in one file for a laptop.

The file holds keyed hashes of document numbers, nobody's name. A post asks it, and so may a bridge's offline copy:
the package needs the standard library alone. docs/operations/document-set.md tells what it is used for, ADR 21 why it
is made so.
"""

from crossing.ports.document_set.builder import DEFAULT_MEMORY, MIN_MEMORY, Document, DocumentSetBuilder
from crossing.ports.document_set.errors import (
    DocumentSetChainBroken,
    DocumentSetDamaged,
    DocumentSetError,
    DocumentSetForeign,
    DocumentSetKeyWrong,
    DocumentSetNoRoom,
    DocumentSetTooVaried,
    DocumentSetUntrusted,
)
from crossing.ports.document_set.keys import Keys, Likeness, folded, likeness, readings, tidied
from crossing.ports.document_set.layers import DocumentSet, Match, write_delta, write_merged
from crossing.ports.document_set.layout import MAX_WORDS, Header, Listing, Origin, file_bytes
from crossing.ports.document_set.ranges import MAX_RANGES, NumberRange, RangeRefused
from crossing.ports.document_set.reader import SetFile, Verifier
from crossing.ports.document_set.writer import Signer, remove_leftovers

__all__ = [
    "DEFAULT_MEMORY",
    "MAX_RANGES",
    "MAX_WORDS",
    "MIN_MEMORY",
    "Document",
    "DocumentSet",
    "DocumentSetBuilder",
    "DocumentSetChainBroken",
    "DocumentSetDamaged",
    "DocumentSetError",
    "DocumentSetForeign",
    "DocumentSetKeyWrong",
    "DocumentSetNoRoom",
    "DocumentSetTooVaried",
    "DocumentSetUntrusted",
    "Header",
    "Keys",
    "Likeness",
    "Listing",
    "Match",
    "NumberRange",
    "Origin",
    "RangeRefused",
    "SetFile",
    "Signer",
    "Verifier",
    "file_bytes",
    "folded",
    "likeness",
    "readings",
    "remove_leftovers",
    "tidied",
    "write_delta",
    "write_merged",
]
