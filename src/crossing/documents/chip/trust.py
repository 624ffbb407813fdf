"""Whom this installation trusts to sign passports: the country signers of its master lists, and their revocations."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property
from itertools import chain

from crossing.documents.chip.certificates import Certificate, CertificateDamaged, FoldedName
from crossing.documents.chip.revocation import RevocationList, read_crl


class TrustStore:
    """Every certificate given is trusted, self-signed and link certificates alike: the list's signer vouches for it.

    Made in no time; the certificates are read when the first document signer is looked up (a quarter of a
    second of the processor for the world's 526), and those that say that they signed themselves must have.
    Certificates and revocation lists that can't be read are passed over and counted in ``unreadable``. Threads may
    share one.
    """

    def __init__(
        self,
        certificates: Iterable[bytes],
        *,
        version: str,
        as_of: datetime | None = None,
        crls: Iterable[bytes] = (),
    ) -> None:
        self.version = version
        self.as_of = as_of
        self._given = tuple(dict.fromkeys(certificates))
        self._given_crls = tuple(crls)

    def __len__(self) -> int:
        """How many certificates were given."""
        return len(self._given)

    @property
    def unreadable(self) -> int:
        return len(self._given) - len(self.certificates) + len(self._given_crls) - len(self._crls)

    @cached_property
    def certificates(self) -> tuple[Certificate, ...]:
        """Those that can be read."""
        return tuple(_readable(self._given))

    def candidates(self, signed: Certificate) -> tuple[Certificate, ...]:
        """The country signers that may have issued ``signed``: by key identifier first, then by name.

        Both are tried because signers exist that write one of the two wrong (Doc 9303-12 section 7.1 wants both).
        """
        by_key = self._by_key.get(signed.authority_key_identifier, ()) if signed.authority_key_identifier else ()
        by_name = self._by_name.get(signed.folded_issuer, ())
        found = dict.fromkeys(chain(by_key, by_name))
        return tuple(one for one in found if one.may_sign_certificates and one != signed and self._well_linked(one))

    def issuers_of(self, signed: Certificate) -> tuple[Certificate, ...]:
        """The trusted country signers whose key signed ``signed``: a key has a certificate of its own, and another
        where it was linked to the one before it."""
        return tuple(one for one in self.candidates(signed) if signed.issued_with(one.key))

    def knows(self, country: str) -> bool:
        """Whether there is any country signer of this State (two letters)."""
        return country in self._countries

    def crls_for(self, signed: Certificate) -> Sequence[RevocationList]:
        """Revocation lists of the issuer of ``signed``, newest first, each verified against a country signer here.

        A State that has renewed its key revokes with the new one what the old one signed (Doc 9303-12 section 7.2).
        """
        lists = (one for one in self._crls if one.covers(signed) and self._vouched(one))
        return sorted(lists, key=lambda one: one.issued_at, reverse=True)

    def is_revoked(self, certificate: Certificate, *, today: date) -> bool | None:
        """Whether a current revocation list names it; None where there is none of its issuer, or an old one only."""
        lists = self.crls_for(certificate)
        if any(one.names(certificate.serial) for one in lists):
            return True
        return False if any(one.is_current(today) for one in lists) else None

    def _well_linked(self, certificate: Certificate) -> bool:
        """Whether a link certificate is of the older key that it names, where that one is here too."""
        named = [] if _self_signed(certificate) else self._by_key.get(certificate.authority_key_identifier, [])
        return not named or any(certificate.issued_with(older.key) for older in named)

    def _vouched(self, crl: RevocationList) -> bool:
        by_key = self._by_key.get(crl.authority_key_identifier, ())
        by_name = self._by_name.get(crl.folded_issuer, ())
        return any(crl.is_of(one) for one in dict.fromkeys(chain(by_key, by_name)))

    @cached_property
    def _by_key(self) -> dict[bytes, list[Certificate]]:
        found: dict[bytes, list[Certificate]] = defaultdict(list)
        for one in self.certificates:
            if one.key_identifier:
                found[one.key_identifier].append(one)
        return dict(found)

    @cached_property
    def _by_name(self) -> dict[FoldedName, list[Certificate]]:
        found: dict[FoldedName, list[Certificate]] = defaultdict(list)
        for one in self.certificates:
            found[one.folded_subject].append(one)
        return dict(found)

    @cached_property
    def _countries(self) -> frozenset[str]:
        return frozenset(one.country for one in self.certificates)

    @cached_property
    def _crls(self) -> tuple[RevocationList, ...]:
        return tuple(one for one in map(read_crl, self._given_crls) if one is not None)


def _readable(given: Iterable[bytes]) -> Iterable[Certificate]:
    """A damaged self-signed certificate is no longer signed by itself, so it is not readable either."""
    for der in given:
        try:
            certificate = Certificate(der).check()
        except CertificateDamaged:
            continue
        if not _self_signed(certificate) or certificate.issued_with(certificate.key):
            yield certificate


def _self_signed(certificate: Certificate) -> bool:
    named = certificate.authority_key_identifier
    return certificate.self_issued and named in {b"", certificate.key_identifier}
