"""Certificates of country signers (CSCA) and document signers (DSC), Doc 9303-12 section 7.

Read with ``asn1crypto``, verified over the very bytes that were signed: libraries that take a certificate whole
refuse one in six of the world's, for a curve that is written out or that they do not know.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from asn1crypto import x509

from crossing.documents.chip import tlv
from crossing.documents.chip.keys import PublicKey, bit_string, read_public_key
from crossing.documents.chip.signatures import Scheme, holds, read_scheme
from crossing.documents.chip.tlv import Tlv, TlvDamaged

MAX_BYTES: Final = 32 * 1024
_TEXTS: Final = {0x0C: "utf-8", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}
_PARTS: Final = [0xA0, tlv.INTEGER, *[tlv.SEQUENCE] * 5]
_OPTIONAL_PARTS: Final = (0x81, 0x82, 0xA3)
_VERSION_3: Final = bytes.fromhex("020102")
_DOCUMENT_TYPES: Final = "2.23.136.1.1.6.2"
_PEM: Final = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CRL)-----(.+?)-----END \1-----", re.DOTALL)


MALFORMED: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What ``asn1crypto`` raises for bytes that are not what they should be."""

FoldedName = tuple[tuple[bytes, str], ...]
"""The parts of a name, each its kind and its text; the same for two that differ in case, spaces or string type."""


class CertificateDamaged(ValueError):
    """No certificate, or one of a form that Doc 9303-12 does not have. The text names no person."""


@dataclass(frozen=True)
class Certificate:
    """One certificate; what is in it is read when it is asked for, and once.

    Two are equal that are equal byte for byte.
    """

    der: bytes

    @cached_property
    def outline(self) -> tuple[Tlv, Tlv, Tlv]:
        """What is signed, the algorithm, the signature."""
        body, algorithm, signature = tlv.read_one(self.der, tlv.SEQUENCE).children(
            tlv.SEQUENCE, tlv.SEQUENCE, tlv.BIT_STRING
        )
        return body, algorithm, signature

    @cached_property
    def _body(self) -> Any:
        return x509.Certificate.load(self.der, strict=True)["tbs_certificate"]

    @cached_property
    def subject(self) -> bytes:
        """The Name, DER."""
        return bytes(self._body["subject"].dump())

    @cached_property
    def issuer(self) -> bytes:
        return bytes(self._body["issuer"].dump())

    @cached_property
    def serial(self) -> int:
        return int(self._body["serial_number"].native)

    @cached_property
    def not_before(self) -> datetime:
        return _moment(self._body["validity"]["not_before"])

    @cached_property
    def not_after(self) -> datetime:
        return _moment(self._body["validity"]["not_after"])

    @cached_property
    def key_info(self) -> bytes:
        """The SubjectPublicKeyInfo, DER."""
        return bytes(self._body["subject_public_key_info"].dump())

    @cached_property
    def key(self) -> PublicKey:
        return read_public_key(self.key_info)

    @cached_property
    def key_identifier(self) -> bytes:
        """The subject's; empty where the certificate has none."""
        found = self._extensions.get("key_identifier")
        return b"" if found is None else bytes(found.native)

    @cached_property
    def authority_key_identifier(self) -> bytes:
        found = self._extensions.get("authority_key_identifier")
        return b"" if found is None else bytes(found["key_identifier"].native or b"")

    @cached_property
    def key_usage(self) -> frozenset[str] | None:
        """As ``asn1crypto`` names them; None where the certificate does not say."""
        found = self._extensions.get("key_usage")
        return None if found is None else frozenset(found.native)

    @cached_property
    def extended_key_usage(self) -> frozenset[str]:
        """Object identifiers, dotted; empty where the certificate does not say."""
        found = self._extensions.get("extended_key_usage")
        return frozenset() if found is None else frozenset(one.dotted for one in found)

    @cached_property
    def signing_period(self) -> tuple[datetime | None, datetime | None]:
        """From when to when its private key may sign (Doc 9303-12 section 7.1.1); None where it does not say so in
        the one form that there is."""
        found = self._extensions.get("private_key_usage_period")
        try:
            return (None, None) if found is None else (_bound(found["not_before"]), _bound(found["not_after"]))
        except MALFORMED:
            return None, None

    @cached_property
    def document_types(self) -> frozenset[str]:
        """The codes, without fillers, of the documents that it may sign (Doc 9303-12 section 7.1.1.6); empty where it
        does not say so in the one form that there is."""
        found = self._extensions.get(_DOCUMENT_TYPES)
        if found is None:
            return frozenset()
        try:
            _, listed = tlv.read_one(found.dump(), tlv.SEQUENCE).children(tlv.INTEGER, tlv.SET)
            return frozenset(one.value.decode("ascii").replace("<", "").strip() for one in listed.children())
        except MALFORMED:
            return frozenset()

    @cached_property
    def country(self) -> str:
        """The subject's, two capital letters; some signers write small ones. Empty where there is none."""
        return _country(self._body["subject"]) or _country(self._body["issuer"])

    @cached_property
    def folded_subject(self) -> FoldedName:
        return folded(self.subject)

    @cached_property
    def folded_issuer(self) -> FoldedName:
        return folded(self.issuer)

    @property
    def self_issued(self) -> bool:
        return self.folded_subject == self.folded_issuer

    @property
    def may_sign_certificates(self) -> bool:
        return self.key_usage is None or "key_cert_sign" in self.key_usage

    @property
    def scheme(self) -> Scheme:
        return read_scheme(self.outline[1])

    @property
    def signature(self) -> bytes:
        return bit_string(self.outline[2])

    def issued_with(self, key: PublicKey) -> bool:
        """Whether its signature is of this key. Raises ValueError for an algorithm that is not known."""
        return holds(key, self.scheme, self.outline[0].encoded, self.signature)

    @cached_property
    def _extensions(self) -> dict[str, Any]:
        """By name, parsed; an unknown one is left as it is, since what is signed can't have been slipped in."""
        found: dict[str, Any] = {}
        for extension in self._body["extensions"]:
            name = extension["extn_id"].native
            if name in found:
                raise CertificateDamaged("an extension stands twice")
            found[name] = extension["extn_value"].parsed
        return found

    @property
    def _has_all_parts(self) -> bool:
        """Version 3, as Doc 9303-12 section 7.1 wants it; a part with an unknown tag would be passed over."""
        tags = [part.tag for part in self.outline[0].children()]
        optional = [tag for tag in tags[7:] if tag in _OPTIONAL_PARTS]
        version = self.outline[0].children()[0].value
        return tags[:7] == _PARTS and version == _VERSION_3 and tags[7:] == sorted(set(optional)) and 0xA3 in optional

    def check(self) -> "Certificate":
        """Reads all that is used of it, so that nothing raises later. Raises :class:`CertificateDamaged`."""
        try:
            algorithms = {self.outline[1].encoded, bytes(self._body["signature"].dump())}
            sound = len(algorithms) == 1 and self.not_before <= self.not_after and self._has_all_parts
            _ = (self.subject, self.issuer, self.serial, self.key, self.key_identifier, self.authority_key_identifier)
            _ = (self.key_usage, self.extended_key_usage, self.country, self.folded_subject, self.folded_issuer)
            _ = (self.scheme, self.signature)
        except MALFORMED as damaged:
            raise CertificateDamaged(str(damaged).partition("\n")[0][:120]) from damaged
        if not sound:
            raise CertificateDamaged(
                "no version 3, two signature algorithms, or a validity that ends before it begins"
            )
        return self


def load_certificate(der: bytes) -> Certificate:
    """The certificate in ``der``, all of it readable. Raises :class:`CertificateDamaged`."""
    if len(der) > MAX_BYTES:
        raise CertificateDamaged("too large for a certificate")
    return Certificate(der).check()


def der_blocks(content: bytes) -> tuple[bytes, ...]:
    """What stands in a file that holds one DER certificate or CRL, or any number of them in PEM, as DER.

    Raises :class:`CertificateDamaged` where it holds neither.
    """
    if content.lstrip()[:1] == b"\x30" and b"-----BEGIN" not in content[:64]:
        return (content,)
    blocks = _PEM.findall(content)
    if not blocks:
        raise CertificateDamaged("neither DER nor PEM")
    try:
        return tuple(base64.b64decode(b"".join(body.split()), validate=True) for _, body in blocks)
    except ValueError as damaged:
        raise CertificateDamaged("damaged PEM") from damaged


def folded(name: bytes) -> FoldedName:
    """A DER Name for comparing: one State writes its code now in capitals, now not (RFC 5280 section 7.1)."""
    parts = [
        part.children()
        for relative in tlv.read_one(name, tlv.SEQUENCE).children()
        for part in tlv.expect(relative, tlv.SET).children()
    ]
    return tuple((kind.value, _folded_text(text)) for kind, text in parts)


def _folded_text(text: Tlv) -> str:
    encoding = _TEXTS.get(text.tag, "latin-1")
    return " ".join(text.value.decode(encoding, errors="replace").casefold().split())


def _country(name: Any) -> str:
    for relative in name.chosen:
        for part in relative:
            if part["type"].native == "country_name":
                return str(part["value"].native).strip().upper()
    return ""


def _bound(time: Any) -> datetime | None:
    return _moment(time) if time.native is not None else None


def _moment(time: Any) -> datetime:
    found = time.native
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise TlvDamaged("no moment")
    return found
