"""Public keys of signers and chips, as numbers: RSA, and ECDSA on curves with or without a name."""

from dataclasses import dataclass
from typing import Final

from crossing.documents.chip import tlv
from crossing.documents.chip.curves import Curve, Point, identify, named_curve
from crossing.documents.chip.tlv import Tlv, TlvDamaged

RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
RSASSA_PSS: Final = "1.2.840.113549.1.1.10"
EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
EC_DH: Final = "1.3.132.1.12"
_STANDARDIZED: Final = "0.4.0.127.0.7.1.2"
"""A curve by its number in Doc 9303-11 section 9.5.1, as chips name theirs."""
PRIME_FIELD: Final = "1.2.840.10045.1.1"
_RSA_PARAMETERS: Final = {RSA_ENCRYPTION: tlv.NULL, RSASSA_PSS: tlv.SEQUENCE}
_MIN_RSA_BITS: Final = 1024
_MAX_RSA_BITS: Final = 16_384

_CURVES: Final = {
    "1.2.840.10045.3.1.1": "secp192r1",
    "1.3.132.0.33": "secp224r1",
    "1.2.840.10045.3.1.7": "secp256r1",
    "1.3.132.0.34": "secp384r1",
    "1.3.132.0.35": "secp521r1",
} | {
    f"1.3.36.3.3.2.8.1.1.{2 * place + twist}": f"brainpoolP{bits}{kind}1"
    for place, bits in enumerate((160, 192, 224, 256, 320, 384, 512))
    for twist, kind in ((1, "r"), (2, "t"))
}


_NUMBERED: Final = {
    8: "secp192r1",
    9: "brainpoolP192r1",
    10: "secp224r1",
    11: "brainpoolP224r1",
    12: "secp256r1",
    13: "brainpoolP256r1",
    14: "brainpoolP320r1",
    15: "secp384r1",
    16: "brainpoolP384r1",
    17: "brainpoolP512r1",
    18: "secp521r1",
}


class KeyRefused(ValueError):
    """A public key that is damaged, or of a kind that no passport has."""


@dataclass(frozen=True, slots=True)
class RsaKey:
    modulus: int
    exponent: int

    @property
    def size(self) -> int:
        """Bytes of a signature."""
        return (self.modulus.bit_length() + 7) // 8


@dataclass(frozen=True, slots=True)
class EcKey:
    curve: Curve
    point: Point


PublicKey = RsaKey | EcKey


def read_public_key(info: bytes) -> PublicKey:
    """The key in a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). Raises :class:`KeyRefused`.

    Two encodings of one key, with its curve named or written out, give equal keys.
    """
    try:
        algorithm, bits = tlv.read_one(info, tlv.SEQUENCE).children(tlv.SEQUENCE, tlv.BIT_STRING)
        name, *parameters = algorithm.children()
        kind, octets = tlv.oid(name), bit_string(bits)
        if kind in {RSA_ENCRYPTION, RSASSA_PSS} and [one.tag for one in parameters] in ([], [_RSA_PARAMETERS[kind]]):
            return _rsa(octets)
        if kind == _STANDARDIZED and len(parameters) == 1:
            curve = named_curve(_NUMBERED.get(tlv.integer(parameters[0]), "without such a number"))
            return EcKey(curve, curve.decode(octets))
        if kind in {EC_PUBLIC_KEY, EC_DH} and len(parameters) == 1:
            curve = read_curve(parameters[0])
            return EcKey(curve, curve.decode(octets))
    except KeyRefused:
        raise
    except ValueError as damaged:
        raise KeyRefused(str(damaged)) from damaged
    raise KeyRefused(f"a key of the kind {kind}")


def read_curve(parameters: Tlv) -> Curve:
    """The curve that domain parameters name or describe (RFC 5480 section 2.1.1, X9.62). Raises ValueError."""
    if parameters.tag == tlv.OID:
        return named_curve(_CURVES.get(tlv.oid(parameters), tlv.oid(parameters)))
    version, field, equation, base, order, *cofactor = tlv.expect(parameters, tlv.SEQUENCE).children()
    if not 1 <= tlv.integer(version) <= 3 or len(cofactor) > 1:
        raise KeyRefused("domain parameters of an unknown version")
    kind, prime = tlv.expect(field, tlv.SEQUENCE).children(tlv.OID, tlv.INTEGER)
    if tlv.oid(kind) != PRIME_FIELD:
        raise KeyRefused("a curve over no prime field")
    a, b, *seed = tlv.expect(equation, tlv.SEQUENCE).children()
    return identify(
        tlv.integer(prime),
        int.from_bytes(tlv.expect(a, tlv.OCTET_STRING).value, "big"),
        int.from_bytes(tlv.expect(b, tlv.OCTET_STRING).value, "big"),
        tlv.expect(base, tlv.OCTET_STRING).value,
        tlv.integer(order),
        cofactor=tlv.integer(cofactor[0]) if cofactor else None,
        seed=_seed(seed[0]) if seed else b"",
    )


def curve_oid(name: str) -> str:
    return next(identifier for identifier, known in _CURVES.items() if known == name)


def bit_string(element: Tlv) -> bytes:
    """The whole bytes of a BIT STRING."""
    value = tlv.expect(element, tlv.BIT_STRING).value
    if value[:1] != b"\0":
        raise TlvDamaged("a BIT STRING of broken bytes")
    return value[1:]


def _seed(element: Tlv) -> bytes:
    """One State's signers leave the zero bits at its end out of the count."""
    value = tlv.expect(element, tlv.BIT_STRING).value
    if value[:1] > b"\7":
        raise TlvDamaged("not a BIT STRING")
    return value[1:]


def _rsa(octets: bytes) -> RsaKey:
    numbers = tlv.read_one(octets, tlv.SEQUENCE).children(tlv.INTEGER, tlv.INTEGER)
    modulus, exponent = (tlv.integer(number) for number in numbers)
    if not _MIN_RSA_BITS <= modulus.bit_length() <= _MAX_RSA_BITS or not modulus % 2:
        raise KeyRefused("an RSA modulus of an unusual size")
    if exponent < 3 or not exponent % 2 or exponent.bit_length() > 64:
        raise KeyRefused("an unusual RSA exponent")
    return RsaKey(modulus, exponent)
