"""The object identifiers of the chip's protocols, and what files announce of them: Doc 9303-11 section 9.2.

Numbers are those of BSI TR-03110-3, annex A; SecurityInfo ::= SEQUENCE { protocol, required, optional }.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crossing_devices.simulated.passport.curves import CURVES, Curve, EcKey
from crossing_devices.simulated.passport.keys import ec_public_key
from crossing_devices.simulated.passport.tlv import integer, oid, tlv

_BSI: Final = "0.4.0.127.0.7"
PACE_OID: Final = f"{_BSI}.2.2.4"
CHIP_AUTHENTICATION_OID: Final = f"{_BSI}.2.2.3"
PUBLIC_KEY_ECDH_OID: Final = f"{_BSI}.2.2.1.2"
STANDARDIZED_DOMAIN_OID: Final = f"{_BSI}.1.2"
ACTIVE_AUTHENTICATION_OID: Final = "2.23.136.1.1.5"
_ECDSA_PLAIN: Final = {
    "sha1": f"{_BSI}.1.1.4.1.1",
    "sha224": f"{_BSI}.1.1.4.1.2",
    "sha256": f"{_BSI}.1.1.4.1.3",
    "sha384": f"{_BSI}.1.1.4.1.4",
    "sha512": f"{_BSI}.1.1.4.1.5",
}


class Cipher(StrEnum):
    """What protects a session."""

    TDES = "3des"
    AES_128 = "aes-128"
    AES_192 = "aes-192"
    AES_256 = "aes-256"


_CIPHER_ARCS: Final = {Cipher.TDES: 1, Cipher.AES_128: 2, Cipher.AES_192: 3, Cipher.AES_256: 4}
"""The last arc of an identifier."""


class Mapping(StrEnum):
    """How PACE maps its nonce to a generator, with ECDH (Doc 9303-11 section 4.4.3.3)."""

    GENERIC = "gm"
    INTEGRATED = "im"
    CHIP_AUTHENTICATION = "cam"


_MAPPING_ARCS: Final = {Mapping.GENERIC: 2, Mapping.INTEGRATED: 4, Mapping.CHIP_AUTHENTICATION: 6}


@dataclass(frozen=True)
class PaceVariant:
    """Raises ValueError for what no standard describes: chip authentication mapping with 3DES, and integrated
    mapping on a curve whose prime is not 3 modulo 4 (Doc 9303-11 section 4.4.3.3.2)."""

    mapping: Mapping = Mapping.GENERIC
    cipher: Cipher = Cipher.AES_128
    curve_name: str = "brainpoolP256r1"

    def __post_init__(self) -> None:
        if self.mapping is Mapping.CHIP_AUTHENTICATION and self.cipher is Cipher.TDES:
            raise ValueError("chip authentication mapping is not defined with 3DES")
        if self.mapping is Mapping.INTEGRATED and self.curve.p % 4 != 3:
            raise ValueError("integrated mapping needs a prime that is 3 modulo 4")

    @property
    def curve(self) -> Curve:
        return CURVES[self.curve_name]

    @property
    def oid(self) -> str:
        return f"{PACE_OID}.{_MAPPING_ARCS[self.mapping]}.{_CIPHER_ARCS[self.cipher]}"

    @property
    def info(self) -> bytes:
        """PACEInfo, version 2."""
        return tlv(0x30, oid(self.oid), integer(2), integer(self.curve.parameter_id))


def chip_authentication_oid(cipher: Cipher) -> str:
    """id-CA-ECDH with a cipher."""
    return f"{CHIP_AUTHENTICATION_OID}.2.{_CIPHER_ARCS[cipher]}"


def chip_authentication_info(cipher: Cipher, key_id: int | None) -> bytes:
    """ChipAuthenticationInfo, version 1 (Doc 9303-11 section 9.2.6)."""
    parts = [oid(chip_authentication_oid(cipher)), integer(1)]
    return tlv(0x30, *parts, *([] if key_id is None else [integer(key_id)]))


def chip_authentication_key_info(key: EcKey, key_id: int | None, *, standardized: bool) -> bytes:
    """ChipAuthenticationPublicKeyInfo (Doc 9303-11 section 9.2.5), its curve by number or with all parameters."""
    public = standardized_public_key(key) if standardized else bytes(ec_public_key(key, explicit=True).dump())
    return tlv(0x30, oid(PUBLIC_KEY_ECDH_OID), public, *([] if key_id is None else [integer(key_id)]))


def standardized_public_key(key: EcKey) -> bytes:
    """A SubjectPublicKeyInfo whose curve is named by its number (Doc 9303-11 section 9.5.1)."""
    domain = tlv(0x30, oid(STANDARDIZED_DOMAIN_OID), integer(key.curve.parameter_id))
    return tlv(0x30, domain, tlv(0x03, b"\0", key.encoded))


def active_authentication_info(hash_name: str) -> bytes:
    """ActiveAuthenticationInfo of an ECDSA key (Doc 9303-11 section 9.2.4)."""
    return tlv(0x30, oid(ACTIVE_AUTHENTICATION_OID), integer(1), oid(_ECDSA_PLAIN[hash_name]))


def security_infos(*infos: bytes) -> bytes:
    """SecurityInfos ::= SET OF SecurityInfo, in DER's order (X.690 section 11.6)."""
    return tlv(0x31, *sorted(infos))
