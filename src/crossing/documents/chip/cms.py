"""CMS SignedData with one signer (RFC 5652 section 5), as the SOD and master lists are.

Much of a SignedData is signed by nobody: versions, sets of hashes, the name of the signer, the form of lengths. A
change there changes nothing, and for that very reason a lenient reader does not see it. So all of it has to be what
follows from the rest: for each such byte there is one right value. The one exception is RSA, where the signature's
algorithm may name its hash or leave that to the digest algorithm beside it; both are usual.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asn1crypto import core

from crossing.documents.chip import tlv
from crossing.documents.chip.certificates import MALFORMED, Certificate
from crossing.documents.chip.keys import PublicKey
from crossing.documents.chip.signatures import Scheme, hashed, holds, read_digest, read_scheme
from crossing.documents.chip.tlv import Tlv

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
_SIGNED_DATA_VERSION: Final = 3
"""Of every content that is not plain data (RFC 5652 section 5.1)."""


class CmsDamaged(ValueError):
    """No SignedData, or one whose unsigned parts are not what they have to be."""


class SignerMissing(CmsDamaged):
    """No certificate beside the signature is the signer's."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What the signer says and how: ``attributes`` are signed, by object identifier, each with its one value;
    ``covered`` are the bytes that ``value`` signs."""

    certificate: Certificate
    digest: str
    scheme: Scheme
    attributes: dict[str, Tlv]
    covered: bytes
    value: bytes

    @property
    def signed_at(self) -> datetime | None:
        """What the signer's clock said; None where it was not asked."""
        attribute = self.attributes.get(_SIGNING_TIME)
        if attribute is None or attribute.tag not in {0x17, 0x18}:
            return None
        kind = core.UTCTime if attribute.tag == 0x17 else core.GeneralizedTime
        try:
            moment = kind.load(attribute.encoded, strict=True).native
        except MALFORMED:
            return None
        return moment if isinstance(moment, datetime) and moment.tzinfo is not None else None

    def holds(self, key: PublicKey) -> bool:
        return holds(key, self.scheme, self.covered, self.value)


@dataclass(frozen=True, slots=True)
class SignedData:
    """``others`` are certificates beside the signer's; ``digests`` the hashes that the envelope announces."""

    content: bytes
    digests: tuple[str, ...]
    signature: Signature
    others: tuple[Certificate, ...]

    @property
    def content_matches(self) -> bool:
        """Whether the signed hash is the content's."""
        stated = self.signature.attributes[_MESSAGE_DIGEST]
        return stated.value == hashed(self.signature.digest, self.content)


def read_signed_data(content: bytes, content_type: str) -> SignedData:
    """The SignedData in ``content``, which may leave lengths open (BER). Raises :class:`CmsDamaged`, and ValueErrors
    of its parts."""
    kind, wrapped = tlv.read_one(tlv.definite(content), tlv.SEQUENCE).children(tlv.OID, 0xA0)
    if tlv.oid(kind) != _SIGNED_DATA:
        raise CmsDamaged("no SignedData")
    data = tlv.read_one(wrapped.value, tlv.SEQUENCE)
    if tuple(one.tag for one in data.children()) == (tlv.INTEGER, tlv.SET, tlv.SEQUENCE, tlv.SET):
        raise SignerMissing("no certificates")
    version, digests, encapsulated, certificates, signers = data.children(
        tlv.INTEGER, tlv.SET, tlv.SEQUENCE, 0xA0, tlv.SET
    )
    if tlv.integer(version) != _SIGNED_DATA_VERSION:
        raise CmsDamaged("another version of SignedData")
    inner_type, inner = encapsulated.children(tlv.OID, 0xA0)
    if tlv.oid(inner_type) != content_type:
        raise CmsDamaged("another type of content")
    found = [Certificate(tlv.expect(one, tlv.SEQUENCE).encoded).check() for one in certificates.children()]
    if len(signers.children()) != 1:
        raise CmsDamaged("not one signer")
    signature = _signature(signers.children()[0], found, content_type)
    announced = tuple(read_digest(one) for one in digests.children())
    if signature.digest not in announced or len(set(announced)) != len(announced):
        raise CmsDamaged("the hashes announced are not those used")
    others = tuple(one for one in found if one is not signature.certificate)
    return SignedData(tlv.read_one(inner.value, tlv.OCTET_STRING).value, announced, signature, others)


def _signature(signer: Tlv, certificates: list[Certificate], content_type: str) -> Signature:
    """A SignerInfo without unsigned attributes (RFC 5652 section 5.3)."""
    version, identifier, digest_identifier, signed, algorithm, value = tlv.expect(signer, tlv.SEQUENCE).children()
    digest = read_digest(digest_identifier)
    scheme = read_scheme(algorithm, digest=digest)
    if scheme.digest != digest:
        raise CmsDamaged("two hashes for one signature")
    attributes = _attributes(tlv.expect(signed, 0xA0))
    stated_type, stated_digest = attributes.get(_CONTENT_TYPE), attributes.get(_MESSAGE_DIGEST)
    if stated_type is None or tlv.oid(stated_type) != content_type:
        raise CmsDamaged("the signed type of content is another")
    if stated_digest is None or stated_digest.tag != tlv.OCTET_STRING:
        raise CmsDamaged("no signed hash of the content")
    protection = attributes.get(_ALGORITHM_PROTECTION)
    if protection is not None and not _protects(protection, digest_identifier, algorithm):
        raise CmsDamaged("other algorithms than the signer's")
    # What is signed is the set of attributes as such, not as the field that carries it (RFC 5652 section 5.4).
    covered = tlv.encode(tlv.SET, signed.value)
    certificate = _signers_own(certificates, tlv.integer(version), identifier)
    octets = tlv.expect(value, tlv.OCTET_STRING).value
    return Signature(certificate, digest, scheme, attributes, covered, octets)


def _attributes(signed: Tlv) -> dict[str, Tlv]:
    found: dict[str, Tlv] = {}
    for attribute in signed.children():
        kind, values = tlv.expect(attribute, tlv.SEQUENCE).children(tlv.OID, tlv.SET)
        name = tlv.oid(kind)
        if name in found or len(values.children()) != 1:
            raise CmsDamaged("a signed attribute has more than one value")
        found[name] = values.children()[0]
    return found


def _protects(protection: Tlv, digest: Tlv, algorithm: Tlv) -> bool:
    """CMSAlgorithmProtection (RFC 6211): the algorithms once more, signed."""
    stated_digest, stated_algorithm = protection.children(tlv.SEQUENCE, 0xA1)
    return stated_digest.encoded == digest.encoded and stated_algorithm.value == algorithm.value


def _signers_own(certificates: list[Certificate], version: int, identifier: Tlv) -> Certificate:
    """By issuer and serial number, to the byte, or by key identifier; the version follows from which."""
    for certificate in certificates:
        number = tlv.encode_integer(certificate.serial)
        if version == 1 and identifier.encoded == tlv.encode(tlv.SEQUENCE, certificate.issuer + number):
            return certificate
        key_identifier = certificate.key_identifier
        if version == 3 and key_identifier and identifier.encoded == tlv.encode(0x80, key_identifier):
            return certificate
    raise SignerMissing("no certificate of the signer")
