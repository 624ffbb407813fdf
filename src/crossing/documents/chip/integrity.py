"""Whether a certificate is still as it was signed, where its issuer's own certificate is not at hand.

That says nothing about who signed it; but a chip's data may have been damaged or changed on the way, and then some
part of them has to fail. An ECDSA signature gives away the two keys that can have made it, and the certificate names
its issuer's key by a hash: a change in either, or in anything that is signed, and the two no longer meet. An RSA
signature opened with the right key shows the form of its padding, whatever was signed.
"""

from crossing.documents.chip import tlv
from crossing.documents.chip.certificates import Certificate
from crossing.documents.chip.curves import Curve, curves, signing_keys
from crossing.documents.chip.keys import EC_PUBLIC_KEY, PRIME_FIELD, EcKey, PublicKey, RsaKey, curve_oid
from crossing.documents.chip.signatures import Form, der_numbers, hashed, mask, pkcs1_prefix
from crossing.documents.chip.tlv import TlvDamaged


def is_intact(certificate: Certificate) -> bool | None:
    """Whether the key that signed ``certificate`` is the one that it names as its issuer's.

    None where that can't be told: it is not signed with ECDSA, or names no key. All 125 country signers with such
    keys in the German master list of 2024 have identifiers that :func:`key_identifiers` knows.
    """
    named = certificate.authority_key_identifier
    if not named or certificate.scheme.form is not Form.ECDSA:
        return None
    try:
        r, s = der_numbers(certificate.signature)
    except TlvDamaged:
        return False
    digest = hashed(certificate.scheme.digest, certificate.outline[0].encoded)
    return any(
        named in key_identifiers(EcKey(curve, point))
        for curve in _fitting(max(r, s))
        for point in signing_keys(curve, digest, r, s)
    )


def key_identifiers(key: EcKey) -> frozenset[bytes]:
    """The identifiers that issuers make of a key: RFC 5280 section 4.2.1.2 (1) and (2), RFC 7093 section 2, and what
    (1) warns of: the hash with the bit string's tag, or of the whole SubjectPublicKeyInfo, its curve named or not."""
    bits = key.curve.encode(key.point)
    digest = hashed("sha1", bits)
    short = bytes([0x40 | digest[-8] & 0x0F]) + digest[-7:]
    truncated = {hashed(kind, bits)[:20] for kind in ("sha256", "sha384", "sha512")}
    tagged = tlv.encode(tlv.BIT_STRING, b"\0" + bits)
    whole = {hashed("sha1", info) for info in (tagged, *_key_infos(key, tagged))}
    return frozenset({digest, short, hashed("sha256", bits)} | truncated | whole)


def opens_to_padding(key: PublicKey, certificate: Certificate) -> bool:
    """Whether an RSA ``key`` made the signature of ``certificate``, over whatever content."""
    if not isinstance(key, RsaKey) or len(certificate.signature) != key.size:
        return False
    number = int.from_bytes(certificate.signature, "big")
    opened = pow(number, key.exponent, key.modulus).to_bytes(key.size, "big")
    scheme = certificate.scheme
    if scheme.form is Form.PKCS1:
        return opened.startswith(b"\0\1\xff\xff\xff\xff\xff\xff\xff\xff") and pkcs1_prefix(scheme.digest) in opened
    if scheme.form is not Form.PSS or opened[-1:] != b"\xbc":
        return False
    # EMSA-PSS (RFC 8017 section 9.1.2): under the mask lie zeros, a one and the salt.
    size = len(hashed(scheme.digest, b""))
    skipped = key.size - (key.modulus.bit_length() - 1 + 7) // 8
    masked, seed = opened[skipped : -size - 1], opened[-size - 1 : -1]
    block = bytes(one ^ other for one, other in zip(masked, mask(scheme.mask_digest, seed, len(masked)), strict=True))
    padding = block[1 : -scheme.salt_length] if scheme.salt_length else block[1:]
    return len(padding) > 0 and padding == bytes(len(padding) - 1) + b"\1"


def _fitting(number: int) -> list[Curve]:
    """Curves of which a signature with numbers as large as this one is likely."""
    bits = number.bit_length()
    return [curve for curve in curves().values() if bits <= curve.n.bit_length() <= bits + 40]


def _key_infos(key: EcKey, tagged: bytes) -> list[bytes]:
    named = tlv.encode_oid(curve_oid(key.curve.name))
    kind = tlv.encode_oid(EC_PUBLIC_KEY)
    written_out = [_explicit(key.curve, seed) for seed in {b"", key.curve.seed}]
    return [
        tlv.encode(tlv.SEQUENCE, tlv.encode(tlv.SEQUENCE, kind + parameters) + tagged)
        for parameters in (named, *written_out)
    ]


def _explicit(curve: Curve, seed: bytes) -> bytes:
    """SpecifiedECDomain of version 1 (X9.62)."""
    size = curve.size
    field = tlv.encode_oid(PRIME_FIELD) + tlv.encode_integer(curve.p)
    equation = b"".join(tlv.encode(tlv.OCTET_STRING, one.to_bytes(size, "big")) for one in (curve.a, curve.b))
    if seed:
        equation += tlv.encode(tlv.BIT_STRING, b"\0" + seed)
    return tlv.encode(
        tlv.SEQUENCE,
        tlv.encode_integer(1)
        + tlv.encode(tlv.SEQUENCE, field)
        + tlv.encode(tlv.SEQUENCE, equation)
        + tlv.encode(tlv.OCTET_STRING, curve.encode(curve.base))
        + tlv.encode_integer(curve.n)
        + tlv.encode_integer(1),
    )
