"""Basic Access Control (Doc 9303-11 section 4.3): both sides prove that they know the MRZ, and agree on keys."""

import hmac
import secrets
from collections.abc import Callable
from typing import Final

from crossing.ports.chip import MrzKey
from crossing_devices.chip.apdu import CLA_NOT_SUPPORTED, INS_NOT_SUPPORTED, Command
from crossing_devices.chip.channel import Channel
from crossing_devices.chip.ciphers import MAC_BYTES, TripleDes
from crossing_devices.chip.errors import Garbled, Unsupported, WrongKey
from crossing_devices.chip.keys import AUTHENTICATION, ENCRYPTION, basic_access_seed
from crossing_devices.chip.secure_messaging import SecureMessaging

_NONCE: Final = 8
_KEY: Final = 16
_ANSWER: Final = 2 * _NONCE + _KEY + MAC_BYTES
_DES: Final = TripleDes()

Draw = Callable[[int], bytes]


def open_with_mrz(channel: Channel, key: MrzKey, draw: Draw = secrets.token_bytes) -> SecureMessaging:
    """Asks once. Raises WrongKey, Unsupported where the chip has no BAC, and Garbled."""
    seed = basic_access_seed(key)
    encryption_key, mac_key = _DES.derive(seed, ENCRYPTION), _DES.derive(seed, AUTHENTICATION)
    chip_nonce = _challenge(channel)
    own_nonce, own_key = draw(_NONCE), draw(_KEY)
    cryptogram = _DES.encrypt(encryption_key, own_nonce + chip_nonce + own_key)
    answer = _authenticated(channel, cryptogram + _DES.token(mac_key, cryptogram))
    if not hmac.compare_digest(_DES.token(mac_key, answer[:-MAC_BYTES]), answer[-MAC_BYTES:]):
        raise Garbled("BAC: the checksum of the chip's answer is wrong")
    plain = _DES.decrypt(encryption_key, answer[:-MAC_BYTES])
    if plain[: 2 * _NONCE] != chip_nonce + own_nonce:
        raise Garbled("BAC: the chip's answer is to another challenge")
    secret = bytes(own ^ other for own, other in zip(own_key, plain[2 * _NONCE :], strict=True))
    counter = int.from_bytes(chip_nonce[-4:] + own_nonce[-4:], "big")
    return SecureMessaging.from_secret(_DES, secret, counter)


def _challenge(channel: Channel) -> bytes:
    response = channel.send(Command(0x00, 0x84, 0x00, 0x00, le=_NONCE))
    if not response.is_success:
        raise Unsupported(f"BAC: the chip gives no challenge, status {response.status:04x}")
    if len(response.data) != _NONCE:
        raise Garbled("BAC: a challenge of the wrong length")
    return response.data


def _authenticated(channel: Channel, data: bytes) -> bytes:
    """The answer to EXTERNAL AUTHENTICATE. Chips refuse a key with many a status; two of them say something else."""
    response = channel.send(Command(0x00, 0x82, 0x00, 0x00, data, le=_ANSWER))
    if response.status in (INS_NOT_SUPPORTED, CLA_NOT_SUPPORTED):
        raise Unsupported("BAC: the chip has none")
    if not response.is_success:
        raise WrongKey(f"BAC: status {response.status:04x}")
    if len(response.data) != _ANSWER:
        raise Garbled("BAC: an answer of the wrong length")
    return response.data
