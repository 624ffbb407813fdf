"""Signature algorithms as certificates, chips and their signers name them, and whether a signature holds.

SHA-1 to SHA-512 with RSA (PKCS #1 v1.5 and PSS) and ECDSA (RFC 8017, RFC 4055, RFC 5758, BSI TR-03111 section 5.2).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from crossing.documents.chip import tlv
from crossing.documents.chip.curves import verify_ecdsa
from crossing.documents.chip.keys import EC_PUBLIC_KEY, RSA_ENCRYPTION, RSASSA_PSS, EcKey, PublicKey, RsaKey
from crossing.documents.chip.tlv import Tlv, TlvDamaged

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - old chips are signed with it; it is verified here, never made
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
DIGESTS: Final = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_MASK_GENERATION: Final = "1.2.840.113549.1.1.8"
_NULL: Final = b"\x05\x00"

# Those that `cryptography` brings; the others are computed in `curves`.
_LIBRARY: Final[dict[str, ec.EllipticCurve]] = {
    "secp224r1": ec.SECP224R1(),
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}


class AlgorithmUnknown(ValueError):
    """An algorithm that is not known here, or whose parameters are not as its standard wants them."""


class Form(StrEnum):
    PKCS1 = "pkcs1"
    PSS = "pss"
    ECDSA = "ecdsa"
    """The two numbers as a DER SEQUENCE."""
    ECDSA_PLAIN = "ecdsa_plain"
    """The two numbers side by side, each as long as the order (BSI TR-03111 section 5.2.1)."""


_RSA_NAMES: Final = {
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
_ECDSA_NAMES: Final = {
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
_PLAIN_NAMES: Final = {
    f"0.4.0.127.0.7.1.1.4.1.{place}": digest
    for place, digest in enumerate(("sha1", "sha224", "sha256", "sha384", "sha512"), start=1)
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """``mask_digest`` and ``salt_length`` (bytes) are PSS's own."""

    form: Form
    digest: str
    mask_digest: str = ""
    salt_length: int = 0


def read_digest(identifier: Tlv) -> str:
    """The hash in an AlgorithmIdentifier, its parameters absent or NULL. Raises :class:`AlgorithmUnknown`."""
    name, parameters = _parts(identifier)
    digest = DIGESTS.get(name)
    if digest is None or parameters not in {b"", _NULL}:
        raise AlgorithmUnknown(f"the hash {name}")
    return digest


def read_scheme(identifier: Tlv, *, digest: str = "") -> Scheme:
    """What an AlgorithmIdentifier says, with the hash ``digest`` where it names the key's kind alone, as CMS allows
    for RSA (RFC 3370 section 3.2). Raises :class:`AlgorithmUnknown`."""
    name, parameters = _parts(identifier)
    if name == RSASSA_PSS:
        return _pss(parameters)
    if name == EC_PUBLIC_KEY and digest and parameters[:1] not in {b"", _NULL[:1]}:
        return Scheme(Form.ECDSA, digest)
    if parameters in {b"", _NULL}:
        if name == RSA_ENCRYPTION and digest:
            return Scheme(Form.PKCS1, digest)
        for form, names in ((Form.PKCS1, _RSA_NAMES), (Form.ECDSA, _ECDSA_NAMES), (Form.ECDSA_PLAIN, _PLAIN_NAMES)):
            if name in names:
                return Scheme(form, names[name])
    raise AlgorithmUnknown(f"the signature {name}")


def hashed(digest: str, content: bytes) -> bytes:
    """The hash of ``content`` by its name as in :data:`DIGESTS`' values."""
    context = hashes.Hash(_HASHES[digest])
    context.update(content)
    return context.finalize()


def pkcs1_prefix(digest: str) -> bytes:
    """What stands before the hash in an RSA signature (RFC 8017 section 9.2, note 1)."""
    name = next(name for name, known in DIGESTS.items() if known == digest)
    identifier = tlv.encode(tlv.SEQUENCE, tlv.encode_oid(name) + _NULL)
    size = len(hashed(digest, b""))
    return tlv.encode(tlv.SEQUENCE, identifier + tlv.encode(tlv.OCTET_STRING, bytes(size)))[:-size]


def mask(digest: str, seed: bytes, length: int) -> bytes:
    """MGF1 (RFC 8017 appendix B.2.1)."""
    size = len(hashed(digest, b""))
    blocks = (hashed(digest, seed + count.to_bytes(4, "big")) for count in range(-(-length // size)))
    return b"".join(blocks)[:length]


def holds(key: PublicKey, scheme: Scheme, content: bytes, signature: bytes) -> bool:
    """Whether ``signature`` over ``content`` is of ``key``; False too where key and scheme do not go together."""
    if isinstance(key, RsaKey):
        return scheme.form in {Form.PKCS1, Form.PSS} and _rsa_holds(key, scheme, content, signature)
    if scheme.form not in {Form.ECDSA, Form.ECDSA_PLAIN}:
        return False
    try:
        numbers = plain_numbers(key, signature) if scheme.form is Form.ECDSA_PLAIN else der_numbers(signature)
    except TlvDamaged:
        return False
    return ecdsa_holds(key, scheme.digest, hashed(scheme.digest, content), *numbers)


def der_numbers(signature: bytes) -> tuple[int, int]:
    """r and s of an ECDSA signature in DER (RFC 3279 section 2.2.3). Raises :class:`TlvDamaged`."""
    first, second = tlv.read_one(signature, tlv.SEQUENCE).children(tlv.INTEGER, tlv.INTEGER)
    numbers = tlv.integer(first), tlv.integer(second)
    if tlv.encode(tlv.SEQUENCE, first.encoded + second.encoded) != signature:
        raise TlvDamaged("not DER")
    return numbers


def plain_numbers(key: EcKey, signature: bytes) -> tuple[int, int]:
    """r and s side by side. Raises :class:`TlvDamaged`."""
    size = (key.curve.n.bit_length() + 7) // 8
    if len(signature) != 2 * size:
        raise TlvDamaged("not two numbers of the curve's size")
    return int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")


def ecdsa_holds(key: EcKey, digest: str, hash_value: bytes, r: int, s: int) -> bool:
    """Whether (r, s) signs what has this hash."""
    curve = _LIBRARY.get(key.curve.name)
    if curve is None:
        return verify_ecdsa(key.curve, key.point, hash_value, r, s)
    if min(r, s) < 1:
        return False
    numbers = ec.EllipticCurvePublicNumbers(*key.point, curve)
    try:
        numbers.public_key().verify(encode_dss_signature(r, s), hash_value, ec.ECDSA(Prehashed(_HASHES[digest])))
    except UnsupportedAlgorithm:
        return verify_ecdsa(key.curve, key.point, hash_value, r, s)
    except InvalidSignature:
        return False
    return True


def _rsa_holds(key: RsaKey, scheme: Scheme, content: bytes, signature: bytes) -> bool:
    if len(signature) != key.size:
        return False
    algorithm = _HASHES[scheme.digest]
    form: padding.AsymmetricPadding = padding.PKCS1v15()
    if scheme.form is Form.PSS:
        form = padding.PSS(padding.MGF1(_HASHES[scheme.mask_digest]), scheme.salt_length)
    try:
        rsa.RSAPublicNumbers(key.exponent, key.modulus).public_key().verify(signature, content, form, algorithm)
    except InvalidSignature:
        return False
    return True


def _parts(identifier: Tlv) -> tuple[str, bytes]:
    """The object identifier, and the parameters as they are encoded; empty where there are none."""
    name, *parameters = tlv.expect(identifier, tlv.SEQUENCE).children()
    if len(parameters) > 1:
        raise AlgorithmUnknown("more than one parameter")
    return tlv.oid(name), parameters[0].encoded if parameters else b""


def _pss(parameters: bytes) -> Scheme:
    """RSASSA-PSS-params (RFC 4055 section 3.1); what is left out is SHA-1, MGF1 with SHA-1, and 20."""
    digest = mask_digest = "sha1"
    salt_length = 20
    fields = tlv.read_one(parameters, tlv.SEQUENCE).children() if parameters else ()
    tags = [field.tag for field in fields]
    if tags != sorted(set(tags)):
        raise AlgorithmUnknown("PSS parameters out of order")
    for field in fields:
        content = tlv.read_one(field.value)
        if field.tag == 0xA0:
            digest = read_digest(content)
        elif field.tag == 0xA1:
            name, generator = tlv.expect(content, tlv.SEQUENCE).children()
            if tlv.oid(name) != _MASK_GENERATION:
                raise AlgorithmUnknown("a mask other than MGF1")
            mask_digest = read_digest(generator)
        elif field.tag == 0xA2:
            salt_length = tlv.integer(content)
        elif field.tag != 0xA3 or tlv.integer(content) != 1:
            raise AlgorithmUnknown("unknown PSS parameters")
    if not 0 <= salt_length <= 256:
        raise AlgorithmUnknown("an unusual salt")
    return Scheme(Form.PSS, digest, mask_digest, salt_length)
