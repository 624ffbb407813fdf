"""The bytes of a set file. All numbers are big-endian.

=========  =============================================================================================
part       what
=========  =============================================================================================
start      magic (8 bytes), format version (4)
entries    bucket after bucket: the remainders of its keys, sorted, then three bytes of attributes for each
ranges     JSON: rows of first, last, issuer, type, reason, year, and whether a delta takes the range out
index      for each bucket the count of its entries (4 bytes), then for each bucket a BLAKE2b-256 of its bytes
header     JSON, see :class:`Header`
signature  whatever the caller's signer made of the header
end        lengths of header and signature (4 each), SHA-256 of the header (32), magic (8)
=========  =============================================================================================

The bucket of a key is its first ``bits`` bits; the remainder is what the bucket does not say, in whole bytes. The
header names the SHA-256 of ranges and index, and the index vouches for every bucket: so the header's digest stands
for the whole file, and opening a file of a gigabyte reads five megabytes of it.
"""

import json
import struct
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b, sha256
from typing import Any, Final, Self

from crossing.ports.document_set.errors import DocumentSetDamaged, DocumentSetForeign, DocumentSetTooVaried
from crossing.ports.document_set.keys import KEY_BYTES

MAGIC: Final = b"XDOCSET\n"
VERSION: Final = 1
START: Final = struct.Struct(">8sI")
END: Final = struct.Struct(">II32s8s")
COUNT: Final = struct.Struct(">I")
DIGEST_BYTES: Final = 32
ATTRIBUTE_BYTES: Final = 3
RECORD_BYTES: Final = KEY_BYTES + ATTRIBUTE_BYTES
MOST_IN_HEADER: Final = 4 * 1024 * 1024

MIN_BITS: Final = 8
MAX_BITS: Final = 24
_FULL_BUCKET: Final = 1024

MAX_ISSUERS: Final = 512
MAX_WORDS: Final = 255
TAKEN_OUT: Final = 255
"""In place of the words: a delta takes every entry of this key and issuer out."""

_MOST_REMEMBERED: Final = 65536

FIRST_YEAR: Final = 1950
LAST_YEAR: Final = FIRST_YEAR + 126


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list says of one document. ``issuer`` is an alpha-3 code, empty where the list does not say; ``year`` is
    when it was reported, between 1950 and 2076, if that is known."""

    issuer: str = ""
    type: str = ""
    reason: str = ""
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose documents a set holds: the list's code, its date, and where it came from (a file name, a bureau)."""

    list_code: str
    as_of: datetime
    source: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself. ``base`` is the digest of the file that a delta is laid over, else empty.

    ``count`` entries, of which a delta takes ``removed`` out of what it is laid over. ``content_sha256`` is over
    ranges and index, which vouches for every bucket. ``key_check`` tells which secret the keys were made with.
    """

    list_code: str
    as_of: str
    source: str
    base: str
    key_check: str
    count: int
    removed: int
    ranges: int
    bits: int
    issuers: tuple[str, ...]
    words: tuple[tuple[str, str], ...]
    entries_bytes: int
    ranges_bytes: int
    content_sha256: str

    def encoded(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def decoded(cls, content: bytes) -> Self:
        """Raises :class:`DocumentSetDamaged` where a field is missing, of another type, or out of its bounds."""
        try:
            said: dict[str, Any] = json.loads(content)
            issuers, words = said.pop("issuers"), said.pop("words")
            header = cls(**said, issuers=tuple(issuers), words=tuple((kind, reason) for kind, reason in words))
            header.require_possible()
        except (ValueError, TypeError, KeyError, AttributeError) as wrong:
            raise DocumentSetDamaged("the header can't be read") from wrong
        return header

    def require_possible(self) -> None:
        """Raises ``ValueError`` for values that no builder writes."""
        numbers = (self.count, self.removed, self.ranges, self.bits, self.entries_bytes, self.ranges_bytes)
        texts = (self.list_code, self.as_of, self.source, self.base, self.key_check, self.content_sha256)
        if not all(type(one) is int and one >= 0 for one in numbers) or not all(type(one) is str for one in texts):
            raise ValueError("a field of another type")
        if not all(type(one) is str for one in (*self.issuers, *(word for pair in self.words for word in pair))):
            raise ValueError("a word that is no text")
        datetime.fromisoformat(self.as_of)
        if not MIN_BITS <= self.bits <= MAX_BITS or self.entries_bytes != self.count * self.entry_bytes:
            raise ValueError("sizes that don't fit together")
        if not 0 < len(self.issuers) <= MAX_ISSUERS or not 0 < len(self.words) <= MAX_WORDS:
            raise ValueError("too many issuers or words")

    @property
    def digest(self) -> str:
        """SHA-256 of the header, and by it of the whole file; a delta names its base by it."""
        return sha256(self.encoded()).hexdigest()

    @property
    def origin(self) -> Origin:
        return Origin(self.list_code, datetime.fromisoformat(self.as_of), self.source)

    @property
    def remainder_bytes(self) -> int:
        return remainder_bytes(self.bits)

    @property
    def entry_bytes(self) -> int:
        return self.remainder_bytes + ATTRIBUTE_BYTES

    @property
    def index_bytes(self) -> int:
        return (1 << self.bits) * (COUNT.size + DIGEST_BYTES)

    @property
    def content_bytes(self) -> int:
        """Everything before the header."""
        return START.size + self.entries_bytes + self.ranges_bytes + self.index_bytes


def bits_for(count: int) -> int:
    """How many bits of the key name a bucket, so that a bucket of ``count`` entries has 512 to 1024 of them."""
    return min(max((max(count, 1) // _FULL_BUCKET).bit_length(), MIN_BITS), MAX_BITS)


def remainder_bytes(bits: int) -> int:
    return KEY_BYTES - bits // 8


def file_bytes(count: int) -> int:
    """The size of a file of so many entries, but for its header and ranges (some kilobytes)."""
    bits = bits_for(count)
    return count * (remainder_bytes(bits) + ATTRIBUTE_BYTES) + (1 << bits) * (COUNT.size + DIGEST_BYTES)


def bucket_digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=DIGEST_BYTES).digest()


def checked_end(content: bytes) -> tuple[int, int, bytes]:
    """Length of the header, length of the signature, digest of the header. Raises where it is no end of a set."""
    if len(content) < END.size:
        raise DocumentSetDamaged("the file is cut short")
    header, signature, digest, magic = END.unpack(content)
    if magic != MAGIC or header > MOST_IN_HEADER or signature > MOST_IN_HEADER:
        raise DocumentSetDamaged("the file is cut short or its end is damaged")
    return header, signature, digest


def check_start(content: bytes) -> None:
    """Raises :class:`DocumentSetForeign` for a file that is no set, or one of a version that is not known here."""
    if len(content) < START.size:
        raise DocumentSetForeign("the file is too short to be a set of documents")
    magic, version = START.unpack(content)
    if magic != MAGIC:
        raise DocumentSetForeign("the file is no set of documents")
    if version != VERSION:
        raise DocumentSetForeign(f"the file has format version {version}; this program reads {VERSION}")


class Attributes:
    """Three bytes for what a list says: 9 bits of issuer, 8 of type and reason together, 7 of year.

    Types and reasons are words of the list's own; a set has room for 254 pairs of them. What comes after them is
    listed without its words and counted in ``without_words``.
    """

    def __init__(self) -> None:
        self._issuers: dict[str, int] = {"": 0}
        self._words: dict[tuple[str, str], int] = {("", ""): 0}
        self._known: dict[tuple[str, str, str, int | None], bytes] = {}
        self.without_words = 0

    @property
    def issuers(self) -> tuple[str, ...]:
        return tuple(self._issuers)

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._words)

    def encoded(self, issuer: str, kind: str, reason: str, year: int | None) -> bytes:
        """Raises :class:`DocumentSetTooVaried`."""
        said = issuer, kind, reason, year
        known = self._known.get(said)
        if known is None:
            known = self._encoded(issuer, kind, reason, year)
            # Words without a place are counted each time.
            if len(self._known) < _MOST_REMEMBERED and (kind, reason) in self._words:
                self._known[said] = known
        return known

    def _encoded(self, issuer: str, kind: str, reason: str, year: int | None) -> bytes:
        words = self._words.get((kind, reason))
        if words is None:
            words = self._words_of(kind, reason)
        bucket = 0 if year is None or not FIRST_YEAR <= year <= LAST_YEAR else year - FIRST_YEAR + 1
        return (self._issuer(issuer) << 15 | words << 7 | bucket).to_bytes(ATTRIBUTE_BYTES, "big")

    def taken_out(self, issuer: str) -> bytes:
        """The mark of a delta. Raises :class:`DocumentSetTooVaried`."""
        return (self._issuer(issuer) << 15 | TAKEN_OUT << 7).to_bytes(ATTRIBUTE_BYTES, "big")

    def _issuer(self, issuer: str) -> int:
        number = self._issuers.setdefault(issuer, len(self._issuers))
        if number >= MAX_ISSUERS:
            raise DocumentSetTooVaried(f"a set has room for {MAX_ISSUERS - 1} issuing States")
        return number

    def _words_of(self, kind: str, reason: str) -> int:
        if len(self._words) < MAX_WORDS:
            return self._words.setdefault((kind, reason), len(self._words))
        self.without_words += 1
        return self._words.get((kind, ""), 0)


def decoded(
    attributes: bytes, issuers: tuple[str, ...], words: tuple[tuple[str, str], ...]
) -> tuple[str, Listing | None]:
    """Issuer and listing; None in place of the listing for what a delta takes out. Raises DocumentSetDamaged."""
    value = int.from_bytes(attributes, "big")
    place, said, bucket = value >> 15, value >> 7 & 0xFF, value & 0x7F
    try:
        issuer = issuers[place]
        if said == TAKEN_OUT:
            return issuer, None
        kind, reason = words[said]
    except IndexError as wrong:
        raise DocumentSetDamaged("an entry has words that the header does not have") from wrong
    return issuer, Listing(issuer, kind, reason, FIRST_YEAR + bucket - 1 if bucket else None)
