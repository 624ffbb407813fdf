"""A reader of just what these tests need, so that a card can be spoken to: BAC, PACE, secure messaging.

It leans on the card's own ciphers, which the worked examples hold; the real reader shares nothing with the card.
"""

import hashlib
import secrets
from collections.abc import Callable

from crossing.ports.chip import MrzKey
from crossing_devices.simulated.passport import mapping
from crossing_devices.simulated.passport.card import Card
from crossing_devices.simulated.passport.ciphers import (
    BLOCK_BYTES,
    FOR_ENCRYPTION,
    FOR_MAC,
    FOR_PASSWORD,
    KEY_BYTES,
    decrypt,
    derive,
    encrypt,
    mac,
    pad,
    unpad,
)
from crossing_devices.simulated.passport.curves import EcKey
from crossing_devices.simulated.passport.protocols import Cipher, Mapping, PaceVariant
from crossing_devices.simulated.passport.tlv import oid, oid_value, only, parse, tlv
from crossing_devices.simulated.specimens.mrz import check_digit

APPLICATION = bytes.fromhex("A0000002471001")


class Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


class Reader:
    """``transmit`` sends a command APDU and gives the answer, status word included."""

    def __init__(self, transmit: Callable[[bytes], bytes], *, extended: bool = False) -> None:
        self._transmit = transmit
        self._extended = extended
        self._cipher: Cipher | None = None
        self._keys = (b"", b"")
        self._counter = 0
        self.last_status = 0

    def command(self, header: str, data: bytes = b"", expected: int = 0) -> bytes:
        """Protected once a session is there. Raises :class:`Refused` for anything but 9000 and 6282."""
        raw = bytes.fromhex(header)
        answer = self._protected(raw, data, expected) if self._cipher else self.plain(raw, data, expected)
        if self.last_status not in (0x9000, 0x6282):
            raise Refused(self.last_status)
        return answer

    def plain(self, header: bytes, data: bytes = b"", expected: int = 0) -> bytes:
        extended = self._extended and (len(data) > 255 or expected > 256)
        raw = self._transmit(header + _body(data, expected, extended))
        self.last_status = int.from_bytes(raw[-2:], "big")
        return raw[:-2]

    def select_application(self) -> None:
        self.command("00A4040C", APPLICATION)

    def read(self, short_id: int, expected: int = 256) -> bytes:
        """A whole file."""
        content = self.command(f"00B0{0x80 | short_id:02X}00", expected=expected)
        length = _whole_length(content)
        while len(content) < length:
            content += self.command(f"00B0{len(content):04X}", expected=min(expected, length - len(content)))
        return content

    def basic_access(self, key: MrzKey) -> None:
        seed = hashlib.sha1(mrz_information(key).encode()).digest()[:16]
        keys = derive(seed, FOR_ENCRYPTION, Cipher.TDES), derive(seed, FOR_MAC, Cipher.TDES)
        challenge = self.command("00840000", expected=8)
        own, own_secret = secrets.token_bytes(8), secrets.token_bytes(16)
        hidden = encrypt(Cipher.TDES, keys[0], own + challenge + own_secret)
        answer = self.command("00820000", hidden + mac(Cipher.TDES, keys[1], pad(hidden, 8)), 40)
        assert mac(Cipher.TDES, keys[1], pad(answer[:32], 8)) == answer[32:]
        theirs = decrypt(Cipher.TDES, keys[0], answer[:32])
        assert theirs[:16] == challenge + own
        secret = bytes(a ^ b for a, b in zip(own_secret, theirs[16:], strict=True))
        self.start(Cipher.TDES, secret, challenge[4:] + own[4:])

    def pace(self, variant: PaceVariant, password: bytes, reference: int) -> dict[int, bytes]:
        """Gives the last answer's objects and, under 0, the chip's public mapping key."""
        cipher, curve = variant.cipher, variant.curve
        self.command("0022C1A4", tlv(0x80, oid_value(variant.oid)) + tlv(0x83, bytes([reference])))
        hidden = self._step("10", b"")[0x80]
        nonce = decrypt(cipher, derive(password, FOR_PASSWORD, cipher), hidden)
        mapped = b""
        if variant.mapping is Mapping.INTEGRATED:
            other = secrets.token_bytes(KEY_BYTES[cipher])
            self._step("10", tlv(0x81, other))
            generator = mapping.integrated(curve, cipher, nonce, other)
        else:
            own_mapping = EcKey.generate(curve)
            mapped = self._step("10", tlv(0x81, own_mapping.encoded))[0x82]
            generator = mapping.generic(curve, nonce, own_mapping.agree(curve.decode(mapped)))
        own = EcKey.generate(curve, generator)
        theirs = curve.decode(self._step("10", tlv(0x83, own.encoded))[0x84])
        secret = own.agree(theirs)[0].to_bytes(curve.size, "big")
        mac_key = derive(secret, FOR_MAC, cipher)
        answer = self._step("00", tlv(0x85, token(variant, mac_key, curve.encode(theirs))))
        assert answer[0x86] == token(variant, mac_key, own.encoded)
        self.start(cipher, secret)
        return {**answer, 0: mapped}

    def start(self, cipher: Cipher, secret: bytes, counter: bytes = b"") -> None:
        self._cipher = cipher
        self._keys = derive(secret, FOR_ENCRYPTION, cipher), derive(secret, FOR_MAC, cipher)
        self._counter = int.from_bytes(counter, "big")

    def decrypted(self, data: bytes) -> bytes:
        """Of a chip authentication mapping's proof."""
        assert self._cipher
        start = encrypt(self._cipher, self._keys[0], b"\xff" * 16)
        return unpad(decrypt(self._cipher, self._keys[0], data, start))

    def _step(self, cla: str, data: bytes) -> dict[int, bytes]:
        return dict(parse(only(self.command(f"{cla}860000", tlv(0x7C, data), 256), 0x7C)))

    def _protected(self, header: bytes, data: bytes, expected: int) -> bytes:
        assert self._cipher
        block = BLOCK_BYTES[self._cipher]
        header = bytes([header[0] | 0x0C]) + header[1:]
        odd = header[1] & 1
        counter = self._step_counter(block)
        objects = b""
        if data:
            hidden = encrypt(self._cipher, self._keys[0], pad(data, block), self._start_vector(counter))
            objects += tlv(0x85, hidden) if odd else tlv(0x87, b"\x01", hidden)
        if expected:
            objects += tlv(0x97, _length(expected, extended=expected > 256))
        signed = counter + pad(header, block)
        objects += tlv(0x8E, mac(self._cipher, self._keys[1], pad(signed + objects, block) if objects else signed))
        long = self._extended and (len(objects) > 255 or expected > 231)
        raw = self.plain(header, objects, 65_536 if long else 256)
        if not raw:
            return b""
        return self._opened(raw, block, odd)

    def _opened(self, raw: bytes, block: int, odd: int) -> bytes:
        assert self._cipher
        counter = self._step_counter(block)
        found = dict(parse(raw))
        covered = b"".join(tlv(tag, value) for tag, value in found.items() if tag != 0x8E)
        assert mac(self._cipher, self._keys[1], pad(counter + covered, block)) == found[0x8E]
        assert int.from_bytes(found[0x99], "big") == self.last_status
        hidden = found.get(0x85 if odd else 0x87)
        if hidden is None:
            return b""
        return unpad(decrypt(self._cipher, self._keys[0], hidden if odd else hidden[1:], self._start_vector(counter)))

    def _step_counter(self, block: int) -> bytes:
        self._counter += 1
        return self._counter.to_bytes(block, "big")

    def _start_vector(self, counter: bytes) -> bytes:
        assert self._cipher
        return bytes(8) if self._cipher is Cipher.TDES else encrypt(self._cipher, self._keys[0], counter)


def mrz_information(key: MrzKey) -> str:
    return "".join(one + check_digit(one) for one in (key.document_number, key.birth_date, key.expiry_date))


def token(variant: PaceVariant, key: bytes, point: bytes) -> bytes:
    data = tlv(0x7F49, oid(variant.oid), tlv(0x86, point))
    return mac(variant.cipher, key, pad(data, 8) if variant.cipher is Cipher.TDES else data)


def _whole_length(start: bytes) -> int:
    first = start[1]
    if first < 0x80:
        return 2 + first
    digits = first & 0x7F
    return 2 + digits + int.from_bytes(start[2 : 2 + digits], "big")


def _length(number: int, *, extended: bool) -> bytes:
    return (number % 65_536).to_bytes(2, "big") if extended else bytes([number % 256])


def _body(data: bytes, expected: int, extended: bool) -> bytes:
    if not extended:
        head = bytes([len(data)]) + data if data else b""
        return head + (bytes([expected % 256]) if expected else b"")
    head = b"\0" + len(data).to_bytes(2, "big") + data if data else b"\0"
    return head + ((expected % 65_536).to_bytes(2, "big") if expected else b"")


def opened(card: Card, *, extended: bool = False) -> Reader:
    """A reader that opened the chip by BAC."""
    reader = Reader(card.transmit, extended=extended)
    reader.select_application()
    reader.basic_access(card.passport.mrz_key)
    return reader
