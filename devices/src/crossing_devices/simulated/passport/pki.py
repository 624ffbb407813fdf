"""Utopia's own authority over travel documents: CSCA, document signers, links, revocations, master lists.

Keys are drawn when they are needed; none is kept anywhere.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from asn1crypto import x509

from crossing_devices.simulated.passport.certificates import (
    Party,
    Profile,
    Validity,
    certificate,
    distinguished_name,
    revocation_list,
)
from crossing_devices.simulated.passport.cms import CSCA_MASTER_LIST_OID, Signer, signed_data
from crossing_devices.simulated.passport.keys import Algorithm, SigningKey
from crossing_devices.simulated.passport.tlv import integer, tlv

DEFAULT_ALGORITHM: Final = Algorithm()
DEFAULT_START: Final = dt.date(2021, 1, 1)
# Doc 9303-12 section 4.3: documents of ten years, a CSCA key in use for five, a document signer's for three months.
_CSCA_DAYS: Final = (15 * 365 + 120, 5 * 365)
_SIGNER_DAYS: Final = (10 * 365 + 120, 92)
# The two-letter code of a State that specimens name by three (Doc 9303-3 section 5).
_TWO_LETTERS: Final = {"UTO": "UT"}


@dataclass(frozen=True)
class Succession:
    """A CSCA key that follows another: the new authority, and the link certificate that the old one signed for it."""

    authority: "Authority"
    certificate: bytes


class Authority:
    """A country signing certification authority. ``algorithm`` is what it signs with."""

    def __init__(self, country: str, algorithm: Algorithm, start: dt.date, generation: int = 1) -> None:
        self.country = country
        self.algorithm = algorithm
        self.start = start
        self._generation = generation
        self._party = Party(
            distinguished_name(country, f"CSCA {country} {generation}"), SigningKey.generate(algorithm)
        )
        self._certificate = certificate(Profile.CSCA, self._party, self._party, _validity(start, _CSCA_DAYS))

    @property
    def certificate(self) -> bytes:
        """Of the CSCA, signed by itself, DER."""
        return bytes(self._certificate.dump())

    def document_signer(
        self,
        algorithm: Algorithm | None = None,
        *,
        start: dt.date | None = None,
        document_types: Iterable[str] = ("P",),
    ) -> Signer:
        """A new document signer, valid from ``start``, or from the CSCA's own first day."""
        subject = Party(distinguished_name(self.country, "DS 1"), SigningKey.generate(algorithm or self.algorithm))
        validity = _validity(start or self.start, _SIGNER_DAYS)
        made = certificate(
            Profile.DOCUMENT_SIGNER, subject, self._party, validity, document_types=tuple(document_types)
        )
        return Signer(subject.key, made)

    def link(self, algorithm: Algorithm | None = None) -> Succession:
        """The key's successor, of the next generation's name (Doc 9303-12 section 4.2.2)."""
        heir = Authority(self.country, algorithm or self.algorithm, self.start, self._generation + 1)
        made = certificate(Profile.LINK, heir._party, self._party, _validity(self.start, _CSCA_DAYS))
        return Succession(heir, bytes(made.dump()))

    def crl(self, revoked: Iterable[int] = (), *, issued_at: dt.datetime | None = None) -> bytes:
        """A revocation list over serial numbers, DER, valid for 90 days from ``issued_at``, or from now."""
        return revocation_list(self._party, revoked, issued_at=issued_at or _now())

    def master_list(self, extra: Iterable[bytes] = (), *, issued_at: dt.datetime | None = None) -> bytes:
        """A CSCA master list (Doc 9303-12 section 7.1.5): the own certificate and the ``extra`` ones, each DER."""
        listed = sorted({self.certificate, *extra})
        content = tlv(0x30, integer(0), tlv(0x31, *listed))
        subject = Party(distinguished_name(self.country, "Master List Signer"), SigningKey.generate(self.algorithm))
        made = certificate(Profile.MASTER_LIST_SIGNER, subject, self._party, _validity(self.start, _SIGNER_DAYS))
        return signed_data(
            CSCA_MASTER_LIST_OID,
            content,
            Signer(subject.key, made),
            signed_at=issued_at or _now(),
            further=[x509.Certificate.load(self.certificate)],
        )


def make_authority(
    country: str = "UTO", algorithm: Algorithm = DEFAULT_ALGORITHM, *, start: dt.date = DEFAULT_START
) -> Authority:
    """A new authority with a new key. ``country`` is ``UTO`` or a code of two letters. Raises ValueError."""
    code = _TWO_LETTERS.get(country, country)
    if len(code) != 2 or not code.isascii() or not code.isupper():
        raise ValueError(f"not a country code of two capital letters: {country!r}")
    return Authority(code, algorithm, start)


def _validity(start: dt.date, days: tuple[int, int]) -> Validity:
    return Validity(start, *days)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)
