"""Keys that sign certificates, security objects and lists, in every algorithm of Doc 9303-12 section 4.4."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from asn1crypto import algos, core, keys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from crossing_devices.simulated.passport.curves import CURVES, Curve, EcKey


class Scheme(StrEnum):
    RSA_PKCS1 = "rsa_pkcs1"
    RSA_PSS = "rsa_pss"
    ECDSA = "ecdsa"


@dataclass(frozen=True)
class Algorithm:
    """``hash_name`` is one of sha1, sha224, sha256, sha384, sha512. ``explicit`` writes the curve's parameters out
    instead of its name, as many States do (Doc 9303-12 section 4.4)."""

    scheme: Scheme = Scheme.ECDSA
    hash_name: str = "sha256"
    curve: str = "brainpoolP256r1"
    explicit: bool = False
    rsa_bits: int = 2048


_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - documents signed with it are in travellers' hands until 2030
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class SigningKey:
    """A private key with the algorithm that it is used in."""

    def __init__(self, algorithm: Algorithm, key: EcKey | rsa.RSAPrivateKey) -> None:
        self.algorithm = algorithm
        self.key = key

    @classmethod
    def generate(cls, algorithm: Algorithm) -> "SigningKey":
        """Raises KeyError for a curve that is not known."""
        if algorithm.scheme is Scheme.ECDSA:
            return cls(algorithm, EcKey.generate(CURVES[algorithm.curve]))
        return cls(algorithm, rsa.generate_private_key(public_exponent=65537, key_size=algorithm.rsa_bits))

    @property
    def public_key(self) -> keys.PublicKeyInfo:
        """The SubjectPublicKeyInfo."""
        if isinstance(self.key, EcKey):
            return ec_public_key(self.key, explicit=self.algorithm.explicit)
        return keys.PublicKeyInfo.load(
            self.key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    @property
    def key_identifier(self) -> bytes:
        """SHA-1 of the public key's bits (RFC 5280 section 4.2.1.2, first method)."""
        return bytes(self.public_key.sha1)

    @property
    def signature_algorithm(self) -> algos.SignedDigestAlgorithm:
        name = self.algorithm.hash_name
        if self.algorithm.scheme is Scheme.ECDSA:
            return algos.SignedDigestAlgorithm({"algorithm": f"{name}_ecdsa"})
        if self.algorithm.scheme is Scheme.RSA_PKCS1:
            return algos.SignedDigestAlgorithm({"algorithm": f"{name}_rsa", "parameters": core.Null()})
        return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": _pss_parameters(name)})

    def sign(self, content: bytes) -> bytes:
        """The signature over ``content``, as X.509 and CMS carry it."""
        if isinstance(self.key, EcKey):
            digest = hashlib.new(self.algorithm.hash_name, content).digest()
            r, s = self.key.curve.sign(self.key.private, digest)
            return bytes(algos.DSASignature({"r": r, "s": s}).dump())
        used = _HASHES[self.algorithm.hash_name]
        pad: padding.AsymmetricPadding = padding.PKCS1v15()
        if self.algorithm.scheme is Scheme.RSA_PSS:
            pad = padding.PSS(padding.MGF1(used), used.digest_size)
        return self.key.sign(content, pad, used)


def ec_public_key(key: EcKey, *, explicit: bool) -> keys.PublicKeyInfo:
    """The SubjectPublicKeyInfo of RFC 5480, with the curve named, or its parameters as X9.62 writes them."""
    named = keys.ECDomainParameters(name="named", value=key.curve.oid)
    domain = explicit_parameters(key.curve) if explicit else named
    return keys.PublicKeyInfo(
        {
            "algorithm": keys.PublicKeyAlgorithm({"algorithm": "ec", "parameters": domain}),
            "public_key": keys.ECPointBitString(key.encoded),
        }
    )


def explicit_parameters(curve: Curve) -> keys.ECDomainParameters:
    """SpecifiedECDomain of X9.62 (TR-03111 section 3.2.2)."""
    specified: dict[str, Any] = {
        "version": "ecdpVer1",
        "field_id": {"field_type": "prime_field", "parameters": core.Integer(curve.p)},
        "curve": {"a": curve.a.to_bytes(curve.size, "big"), "b": curve.b.to_bytes(curve.size, "big")},
        "base": keys.ECPoint(curve.encode(curve.generator)),
        "order": curve.n,
        "cofactor": 1,
    }
    return keys.ECDomainParameters(name="specified", value=keys.SpecifiedECDomain(specified))


def _pss_parameters(name: str) -> algos.RSASSAPSSParams:
    return algos.RSASSAPSSParams(
        {
            "hash_algorithm": {"algorithm": name},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": name}},
            "salt_length": _HASHES[name].digest_size,
        }
    )
