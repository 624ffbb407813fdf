"""PACE from the card's side: Doc 9303-11 section 4.4. One object for one run, four steps in their order."""

import hashlib
from typing import Final

from crossing_devices.simulated.passport import mapping
from crossing_devices.simulated.passport.apdu import Refusal, StatusWord
from crossing_devices.simulated.passport.channel import Channel
from crossing_devices.simulated.passport.ciphers import (
    BLOCK_BYTES,
    FOR_ENCRYPTION,
    FOR_MAC,
    FOR_PASSWORD,
    KEY_BYTES,
    derive,
    encrypt,
    mac,
    pad,
)
from crossing_devices.simulated.passport.curves import EcKey, Point
from crossing_devices.simulated.passport.dice import Dice
from crossing_devices.simulated.passport.protocols import Cipher, Mapping, PaceVariant
from crossing_devices.simulated.passport.tlv import oid, only, parse, tlv

_DYNAMIC_DATA: Final = 0x7C
PASSWORD_MRZ: Final = 1
PASSWORD_CAN: Final = 2


def mrz_password(mrz_information: str) -> bytes:
    """f(MRZ): SHA-1 of number, birth and expiry, each with its check digit (section 4.4.4.1)."""
    return hashlib.sha1(mrz_information.encode("ascii")).digest()  # noqa: S324 - as the standard prescribes


class PaceRun:
    """``static_key`` is the one of chip authentication mapping; ``forge_token`` proves with a wrong token."""

    def __init__(
        self,
        variant: PaceVariant,
        password: bytes,
        *,
        static_key: EcKey | None = None,
        dice: Dice | None = None,
    ) -> None:
        self.variant = variant
        self.channel: Channel | None = None
        self.forge_token = False
        self._cipher = variant.cipher
        self._curve = variant.curve
        self._static_key = static_key
        self._dice = dice or Dice()
        self._nonce = self._dice.draw_bytes(mapping.nonce_bytes(self._cipher))
        self._password_key = derive(password, FOR_PASSWORD, self._cipher)
        self._steps = [self._encrypted_nonce, self._map, self._agree, self._authenticate]
        self._mapping_key: EcKey | None = None
        self._generator: Point = self._curve.generator
        self._own: EcKey | None = None
        self._other: Point = self._curve.generator
        self._keys = (b"", b"")

    @property
    def steps_left(self) -> int:
        return len(self._steps)

    def step(self, data: bytes) -> bytes:
        """The next GENERAL AUTHENTICATE: its dynamic authentication data, and the answer's.

        After the last, ``channel`` holds the session. Raises :class:`Refusal`; the run is over then.
        """
        if not self._steps:
            raise Refusal(StatusWord.CONDITIONS)
        try:
            objects = dict(parse(dynamic_data(data)))
            return tlv(_DYNAMIC_DATA, self._steps.pop(0)(objects))
        except ValueError as broken:
            raise Refusal(StatusWord.WRONG_DATA) from broken

    def _encrypted_nonce(self, objects: dict[int, bytes]) -> bytes:
        if objects:
            raise Refusal(StatusWord.WRONG_DATA)
        return tlv(0x80, encrypt(self._cipher, self._password_key, self._nonce))

    def _map(self, objects: dict[int, bytes]) -> bytes:
        given = _required(objects, 0x81)
        if self.variant.mapping is Mapping.INTEGRATED:
            if len(given) != KEY_BYTES[self._cipher]:
                raise Refusal(StatusWord.WRONG_DATA)
            self._generator = mapping.integrated(self._curve, self._cipher, self._nonce, given)
            return tlv(0x82)
        self._mapping_key = EcKey.of(self._curve, self._dice.draw_scalar(self._curve))
        shared = self._mapping_key.agree(self._curve.decode(given))
        self._generator = mapping.generic(self._curve, self._nonce, shared)
        return tlv(0x82, self._mapping_key.encoded)

    def _agree(self, objects: dict[int, bytes]) -> bytes:
        self._other = self._curve.decode(_required(objects, 0x83))
        self._own = EcKey.of(self._curve, self._dice.draw_scalar(self._curve), self._generator)
        if self._own.public == self._other:
            # Section 4.4.1, step 2 d: a reader that sends the chip's own key back is refused.
            raise Refusal(StatusWord.WRONG_DATA)
        secret = self._own.agree(self._other)[0].to_bytes(self._curve.size, "big")
        self._keys = derive(secret, FOR_ENCRYPTION, self._cipher), derive(secret, FOR_MAC, self._cipher)
        return tlv(0x84, self._own.encoded)

    def _authenticate(self, objects: dict[int, bytes]) -> bytes:
        if self._own is None or _required(objects, 0x85) != self._token(self._own.public):
            raise Refusal(StatusWord.NOT_AUTHENTICATED)
        token = self._token(self._other)
        if self.forge_token:
            token = bytes(byte ^ 0xFF for byte in token)
        self.channel = Channel(self._cipher, *self._keys)
        return tlv(0x86, token) + self._chip_authentication_data()

    def _token(self, point: Point) -> bytes:
        """Over the other's public key (section 4.4.3.4)."""
        public = tlv(0x7F49, oid(self.variant.oid), tlv(0x86, self._curve.encode(point)))
        padded = pad(public, 8) if self._cipher is Cipher.TDES else public
        return mac(self._cipher, self._keys[1], padded)

    def _chip_authentication_data(self) -> bytes:
        """With chip authentication mapping alone."""
        if self.variant.mapping is not Mapping.CHIP_AUTHENTICATION:
            return b""
        if self._static_key is None or self._mapping_key is None:
            raise Refusal(StatusWord.CONDITIONS)
        return tlv(0x8A, chip_proof(self._static_key, self._mapping_key, self._cipher, self._keys[0]))


def chip_proof(static: EcKey, mapped: EcKey, cipher: Cipher, key: bytes) -> bytes:
    """The mapping key divided by the static one, encrypted with the session's key (section 4.4.3.5)."""
    order, block = static.curve.n, BLOCK_BYTES[cipher]
    quotient = pow(static.private, -1, order) * mapped.private % order
    data = pad(quotient.to_bytes((order.bit_length() + 7) // 8, "big"), block)
    return encrypt(cipher, key, data, encrypt(cipher, key, b"\xff" * block))


def dynamic_data(data: bytes) -> bytes:
    """The value of the one dynamic authentication data object. Raises :class:`TlvError`."""
    return only(data, _DYNAMIC_DATA)


def _required(objects: dict[int, bytes], tag: int) -> bytes:
    if set(objects) != {tag}:
        raise Refusal(StatusWord.WRONG_DATA)
    return objects[tag]
