"""Secure messaging from the card's side: Doc 9303-11 section 9.8."""

from typing import Final

from crossing_devices.simulated.passport.apdu import Cla, Command, Refusal, StatusWord
from crossing_devices.simulated.passport.ciphers import (
    BLOCK_BYTES,
    FOR_ENCRYPTION,
    FOR_MAC,
    MAC_BYTES,
    PaddingError,
    decrypt,
    derive,
    encrypt,
    mac,
    pad,
    unpad,
)
from crossing_devices.simulated.passport.protocols import Cipher
from crossing_devices.simulated.passport.tlv import TlvError, parse, tlv

_CRYPTOGRAM: Final = 0x87
_CRYPTOGRAM_ODD: Final = 0x85
_EXPECTED: Final = 0x97
_STATUS: Final = 0x99
_MAC: Final = 0x8E
_NO_ENCIPHERED_MARK: Final = b"\x01"


class Channel:
    """One session: two keys and a send sequence counter as wide as the cipher's block.

    An error ends the session: whoever holds it throws it away (section 9.8.3).
    """

    def __init__(
        self, cipher: Cipher, encryption: bytes, authentication: bytes, counter: bytes | None = None
    ) -> None:
        self.cipher = cipher
        self._encryption = encryption
        self._authentication = authentication
        self._block = BLOCK_BYTES[cipher]
        self._counter = int.from_bytes(counter or b"", "big")

    @classmethod
    def agreed(cls, cipher: Cipher, secret: bytes, counter: bytes | None = None) -> "Channel":
        """With the keys that a shared secret gives (section 9.7.1)."""
        return cls(cipher, derive(secret, FOR_ENCRYPTION, cipher), derive(secret, FOR_MAC, cipher), counter)

    def open(self, command: Command) -> Command:
        """The plain command in a protected one. Raises :class:`Refusal` (6987, 6988)."""
        counter = self._step()
        objects = _objects(command)
        proof = objects.pop(_MAC, None)
        if proof is None:
            raise Refusal(StatusWord.SM_OBJECT_MISSING)
        covered = b"".join(tlv(tag, value) for tag, value in objects.items())
        signed = counter + pad(command.header, self._block)
        if mac(self.cipher, self._authentication, _padded(signed, covered, self._block)) != proof:
            raise Refusal(StatusWord.SM_OBJECT_WRONG)
        data = self._opened(command, objects, counter)
        plain_class = command.cla & ~Cla.SECURE
        expected = _expected(objects.get(_EXPECTED))
        return Command(plain_class, command.ins, command.p1, command.p2, data, expected, command.extended)

    def seal(self, command: Command, status: StatusWord, data: bytes) -> bytes:
        """A protected answer, its own status word in clear behind it."""
        counter = self._step()
        sealed = self._sealed(command, data, counter) + tlv(_STATUS, int(status).to_bytes(2, "big"))
        proof = mac(self.cipher, self._authentication, pad(counter + sealed, self._block))
        return sealed + tlv(_MAC, proof) + int(status).to_bytes(2, "big")

    def room_for(self, limit: int) -> int:
        """How many bytes of data fit a protected answer of ``limit`` bytes, its status word not counted."""
        framing = 4 + 1 + 4 + 2 + MAC_BYTES
        return max(0, (limit - framing) // self._block * self._block - 1)

    def _step(self) -> bytes:
        self._counter = (self._counter + 1) % (1 << 8 * self._block)
        return self._counter.to_bytes(self._block, "big")

    def _start(self, counter: bytes) -> bytes:
        """Section 9.8.7: zeros with 3DES, the encrypted counter with AES."""
        return bytes(8) if self.cipher is Cipher.TDES else encrypt(self.cipher, self._encryption, counter)

    def _sealed(self, command: Command, data: bytes, counter: bytes) -> bytes:
        if not data:
            return b""
        hidden = encrypt(self.cipher, self._encryption, pad(data, self._block), self._start(counter))
        if command.ins & 1:
            return tlv(_CRYPTOGRAM_ODD, hidden)
        return tlv(_CRYPTOGRAM, _NO_ENCIPHERED_MARK, hidden)

    def _opened(self, command: Command, objects: dict[int, bytes], counter: bytes) -> bytes:
        hidden = objects.get(_CRYPTOGRAM_ODD if command.ins & 1 else _CRYPTOGRAM)
        if hidden is None:
            return b""
        if not command.ins & 1:
            if hidden[:1] != _NO_ENCIPHERED_MARK:
                raise Refusal(StatusWord.SM_OBJECT_WRONG)
            hidden = hidden[1:]
        try:
            return unpad(decrypt(self.cipher, self._encryption, hidden, self._start(counter)))
        except PaddingError as broken:
            raise Refusal(StatusWord.SM_OBJECT_WRONG) from broken


def is_protected(command: Command) -> bool:
    return command.cla & Cla.SECURE == Cla.SECURE


def _padded(signed: bytes, covered: bytes, block: int) -> bytes:
    """The header is a padded block of its own; where no object follows, nothing more is padded (ISO/IEC 7816-4
    section 10.2.3.1)."""
    return pad(signed + covered, block) if covered else signed


def _objects(command: Command) -> dict[int, bytes]:
    """In their order. Raises :class:`Refusal` for what is no data object, or one of another kind."""
    try:
        found = dict(parse(command.data))
    except TlvError as broken:
        raise Refusal(StatusWord.SM_OBJECT_WRONG) from broken
    known = {_CRYPTOGRAM_ODD if command.ins & 1 else _CRYPTOGRAM, _EXPECTED, _MAC}
    if not found.keys() <= known:
        raise Refusal(StatusWord.SM_OBJECT_WRONG)
    return found


def _expected(value: bytes | None) -> int:
    if value is None:
        return 0
    if len(value) > 2:
        raise Refusal(StatusWord.SM_OBJECT_WRONG)
    number = int.from_bytes(value, "big")
    return number or (65_536 if len(value) == 2 else 256)
