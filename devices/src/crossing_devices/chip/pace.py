"""Password Authenticated Connection Establishment (Doc 9303-11 section 4.4), over curves and prime fields alike."""

import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from crossing_devices.chip import tlv
from crossing_devices.chip.apdu import EXTENDED_LE, INS_NOT_SUPPORTED, SHORT_LE, Command
from crossing_devices.chip.channel import Channel
from crossing_devices.chip.errors import Garbled, StatusError, VariantUnknown, WrongKey
from crossing_devices.chip.groups import Group
from crossing_devices.chip.keys import AUTHENTICATION, ENCRYPTION, Password
from crossing_devices.chip.mapping import pseudo_random
from crossing_devices.chip.secure_messaging import SecureMessaging
from crossing_devices.chip.security_infos import Mapping, PaceInfo

_MECHANISM: Final = 0x80
_PASSWORD: Final = 0x83
_PARAMETERS: Final = 0x84
_DYNAMIC_DATA: Final = 0x7C
_PUBLIC_KEY: Final = 0x7F49
_ENCRYPTED_CHIP_DATA: Final = 0x8A
_LARGE_FIELD_BITS: Final = 1536
"""From here on a public value with what is around it does not fit into a short response."""
_REFUSALS: Final = (0x63, 0x69)
_UNKNOWN: Final = frozenset({0x6A80, 0x6A88, INS_NOT_SUPPORTED})
"""Answers to MSE:Set AT (section 4.4.4.1): the algorithm, or what it refers to, is not there."""

PrivateKey = Callable[[Group], int]
Draw = Callable[[int], bytes]


@dataclass(frozen=True)
class Opened:
    """``chip_data`` (chip authentication mapping alone) is the number that ties ``chip_mapping_key``, the chip's
    public key of the mapping, to its static key (section 4.4.3.5)."""

    info: PaceInfo
    session: SecureMessaging
    chip_mapping_key: bytes = b""
    chip_data: int | None = None


def strongest(infos: Iterable[PaceInfo]) -> PaceInfo | None:
    """Chip authentication mapping first, because it proves in passing that the chip is no copy; then the cipher's
    strength, then curves before prime fields, then the size of the group."""
    return max(
        infos,
        key=lambda info: (
            info.mapping is Mapping.CHIP_AUTHENTICATION,
            info.suite.bits,
            info.group.public_key_type,
            info.group.bits,
            info.mapping is Mapping.GENERIC,
        ),
        default=None,
    )


def open_with_password(
    channel: Channel,
    info: PaceInfo,
    password: Password,
    *,
    ambiguous: bool,
    private_key: PrivateKey = lambda group: group.private_key(),
    draw: Draw = secrets.token_bytes,
) -> Opened:
    """Asks once. ``ambiguous``: the chip has several groups and has to be told which (section 4.4.4.1).

    Raises VariantUnknown where the chip does not know what is asked of it, before anything was agreed; WrongKey where
    it does not accept the password; StatusError or Garbled where PACE itself fails.
    """
    _select(channel, info, password, ambiguous=ambiguous)
    run = _Run(channel, info, private_key, draw)
    nonce = info.suite.decrypt(password.key(info.suite), run.step(None, b"", 0x80))
    base, mapping_key = run.integrated(nonce) if info.mapping is Mapping.INTEGRATED else run.generic(nonce)
    return run.agree(base, mapping_key)


def _select(channel: Channel, info: PaceInfo, password: Password, *, ambiguous: bool) -> None:
    """MSE:Set AT for mutual authentication."""
    data = tlv.encode(_MECHANISM, info.oid_bytes) + tlv.encode(_PASSWORD, bytes([password.kind]))
    if ambiguous and info.parameter_id is not None:
        data += tlv.encode(_PARAMETERS, tlv.shortest(info.parameter_id))
    try:
        channel.ask(Command(0x00, 0x22, 0xC1, 0xA4, data), "PACE: set AT")
    except StatusError as refused:
        if refused.status in _UNKNOWN:
            raise VariantUnknown(refused.status, "PACE: set AT") from refused
        raise


class _Run:
    """One execution, from the mapping on."""

    def __init__(self, channel: Channel, info: PaceInfo, private_key: PrivateKey, draw: Draw) -> None:
        self._channel = channel
        self._info = info
        self._group = info.group
        self._private_key = private_key
        self._draw = draw

    def generic(self, nonce: bytes) -> tuple[bytes, bytes]:
        """The mapped generator and the chip's public key of the mapping (sections 4.4.3.3.1 and 4.4.3.3.3)."""
        group, own = self._group, self._private_key(self._group)
        chip_key = self.step(0x81, group.power(group.generator, own), 0x82)
        multiple = group.power(group.generator, int.from_bytes(nonce, "big"))
        return group.combine(multiple, group.power(chip_key, own)), chip_key

    def integrated(self, nonce: bytes) -> tuple[bytes, bytes]:
        """The mapped generator; this mapping needs no key (section 4.4.3.3.2)."""
        own = self._draw(self._info.suite.key_bytes)
        self.step(0x81, own, 0x82)
        number = pseudo_random(self._info.suite, nonce, own, self._group.prime)
        return self._group.hash_to_element(number), b""

    def agree(self, base: bytes, mapping_key: bytes) -> Opened:
        """Key agreement on the mapped generator, and the tokens that prove it (section 4.4.1 steps 3 c to f)."""
        suite, own = self._info.suite, self._private_key(self._group)
        own_key = self._group.power(base, own)
        chip_key = self.step(0x83, own_key, 0x84)
        if chip_key == own_key:
            raise Garbled("PACE: the chip sends our own key back")
        secret = self._group.shared_secret(own, chip_key)
        encryption_key, mac_key = suite.derive(secret, ENCRYPTION), suite.derive(secret, AUTHENTICATION)
        answer = self._proved(suite.token(mac_key, self._token_input(chip_key)))
        expected = suite.token(mac_key, self._token_input(own_key))
        if not hmac.compare_digest(tlv.take(answer, 0x86).value, expected):
            raise WrongKey("PACE: the chip's token is wrong")
        session = SecureMessaging(suite, encryption_key, mac_key)
        if self._info.mapping is not Mapping.CHIP_AUTHENTICATION:
            return Opened(self._info, session)
        encrypted = tlv.find(answer, _ENCRYPTED_CHIP_DATA)
        chip_data = None if encrypted is None else self._chip_data(encryption_key, encrypted.value)
        return Opened(self._info, session, mapping_key, chip_data)

    def step(self, tag: int | None, data: bytes, answer_tag: int) -> bytes:
        """One GENERAL AUTHENTICATE of the chain, and the value of the answer's one data object (section 4.4.4.2)."""
        asked = b"" if tag is None else tlv.encode(tag, data)
        answer = self._general_authenticate(0x10, asked)
        found = tlv.find(answer, answer_tag)
        if found is None and answer_tag != 0x82:  # empty for the integrated mapping, and left out by some chips
            raise Garbled(f"PACE: the data object {answer_tag:02x} is missing")
        return b"" if found is None else found.value

    def _proved(self, token: bytes) -> list[tlv.Element]:
        """The last step: here a chip says that the password was another."""
        try:
            return self._general_authenticate(0x00, tlv.encode(0x85, token))
        except StatusError as refused:
            if refused.status >> 8 in _REFUSALS:
                raise WrongKey(f"PACE: status {refused.status:04x}") from refused
            raise

    def _general_authenticate(self, cla: int, asked: bytes) -> list[tlv.Element]:
        le = EXTENDED_LE if self._group.bits > _LARGE_FIELD_BITS else SHORT_LE
        command = Command(cla, 0x86, 0x00, 0x00, tlv.encode(_DYNAMIC_DATA, asked), le)
        answer = self._channel.ask(command, "PACE: general authenticate")
        return tlv.only(answer, _DYNAMIC_DATA).children() if answer else []

    def _token_input(self, public_key: bytes) -> bytes:
        """Section 4.4.3.4: the protocol and the other side's key."""
        parts = tlv.encode(tlv.OBJECT_IDENTIFIER, self._info.oid_bytes)
        return tlv.encode(_PUBLIC_KEY, parts + tlv.encode(self._group.public_key_tag, public_key))

    def _chip_data(self, key: bytes, encrypted: bytes) -> int:
        """Section 4.4.3.5: encrypted with IV E(KSEnc, -1)."""
        suite = self._info.suite
        iv = suite.message_iv(key, b"\xff" * suite.block_bytes)
        return int.from_bytes(suite.unpad(suite.decrypt(key, encrypted, iv)), "big")
