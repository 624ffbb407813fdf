"""How a chip proves that it is no copy: active and chip authentication, and what PACE proved in passing (Doc 9303-11
sections 6.1, 6.2 and 4.4.3.5). Whether the keys are the issuer's, passive authentication says."""

from collections.abc import Callable
from typing import Final

from crossing.ports.chip import KeyProof, Proof
from crossing_devices.chip import tlv
from crossing_devices.chip.apdu import EXTENDED_LE, SHORT_LE, Command
from crossing_devices.chip.channel import Channel
from crossing_devices.chip.ciphers import TripleDes
from crossing_devices.chip.errors import ChipError, Garbled, SessionLost, StatusError
from crossing_devices.chip.groups import Group
from crossing_devices.chip.pace import Opened
from crossing_devices.chip.secure_messaging import SecureMessaging
from crossing_devices.chip.security_infos import ChipAuthentication, ChipKey, chip_keys, security_infos

MAX_SIGNATURE_BYTES: Final = 2048

_DYNAMIC_DATA: Final = 0x7C
_DG14: Final = 0x6E
_CONTENT: Final = 0xA0

PrivateKey = Callable[[Group], int]


def sign_challenge(channel: Channel, challenge: bytes, *, extended: bool) -> bytes:
    """Active authentication: INTERNAL AUTHENTICATE. Raises StatusError where the chip does not sign, Garbled.

    ``extended``: the chip can answer in extended length, which a protected signature of 2048 bits needs.
    """
    command = Command(0x00, 0x88, 0x00, 0x00, challenge, EXTENDED_LE if extended else SHORT_LE)
    signature = channel.ask(command, "active authentication")
    if len(signature) > MAX_SIGNATURE_BYTES:
        raise Garbled("active authentication: no signature is so long")
    return signature


def agree_on_new_keys(
    channel: Channel,
    offered: ChipAuthentication,
    private_key: PrivateKey = lambda group: group.private_key(),
) -> SecureMessaging:
    """Chip authentication: the session that only the holder of the chip's private key can speak in.

    The old session protects all commands of this. Raises StatusError where the chip will not, Garbled.
    """
    group = offered.key.group
    own = private_key(group)
    own_key = group.power(group.generator, own)
    secret = group.shared_secret(own, offered.key.public_key)
    if isinstance(offered.suite, TripleDes):
        _send_key_by_template(channel, offered, own_key)
    else:
        _send_key_by_authentication(channel, offered, own_key)
    return SecureMessaging.from_secret(offered.suite, secret)


def offered_in(data_group_14: bytes) -> bytes:
    """The SecurityInfos within EF.DG14. Raises Garbled."""
    return tlv.only(data_group_14, _DG14).value


def mapping_proof(opened: Opened, card_security: bytes | None) -> KeyProof:
    """Whether the number that the chip sent in PACE ties its mapping key to the static key of EF.CardSecurity."""
    oid = opened.info.oid
    if opened.chip_data is None:
        return KeyProof(outcome=Proof.FAILED, oid=oid, detail="the chip sent no chip authentication data")
    if card_security is None:
        return KeyProof(outcome=Proof.NOT_DONE, oid=oid, detail="EF.CardSecurity can't be read")
    try:
        key = _mapping_key(opened, card_security)
        matches = opened.info.group.power(key.public_key, opened.chip_data) == opened.chip_mapping_key
    except ChipError as wrong:
        return KeyProof(outcome=Proof.FAILED, oid=oid, detail=str(wrong))
    outcome = Proof.PASSED if matches else Proof.FAILED
    return KeyProof(outcome=outcome, oid=oid, public_key=key.info.hex())


def _send_key_by_template(channel: Channel, offered: ChipAuthentication, own_key: bytes) -> None:
    """MSE:Set KAT (section 6.2.4.1). Some chips know the other way alone (section 8.5 note 1)."""
    data = tlv.encode(0x91, own_key) + _key_reference(offered)
    try:
        channel.ask(Command(0x00, 0x22, 0x41, 0xA6, data), "chip authentication: set KAT")
    except SessionLost:
        raise
    except StatusError:
        _send_key_by_authentication(channel, offered, own_key)


def _send_key_by_authentication(channel: Channel, offered: ChipAuthentication, own_key: bytes) -> None:
    """MSE:Set AT and GENERAL AUTHENTICATE (section 6.2.4.2)."""
    data = tlv.encode(0x80, offered.oid_bytes) + _key_reference(offered)
    channel.ask(Command(0x00, 0x22, 0x41, 0xA4, data), "chip authentication: set AT")
    sent = tlv.encode(_DYNAMIC_DATA, tlv.encode(0x80, own_key))
    channel.ask(Command(0x00, 0x86, 0x00, 0x00, sent, SHORT_LE), "chip authentication: general authenticate")


def _key_reference(offered: ChipAuthentication) -> bytes:
    if offered.key_id is None:
        return b""
    return tlv.encode(0x84, tlv.shortest(offered.key_id))


def _mapping_key(opened: Opened, card_security: bytes) -> ChipKey:
    """The key whose number is that of PACE's domain parameters (section 9.2.1). Raises Garbled."""
    keys = chip_keys(security_infos(_signed_content(card_security)))
    fitting = (key for key in keys if key.key_id == opened.info.parameter_id and key.group == opened.info.group)
    key = next(fitting, None)
    if key is None:
        raise Garbled("EF.CardSecurity has no key for this mapping")
    return key


def _signed_content(card_security: bytes) -> bytes:
    """The content of CMS SignedData (RFC 5652 sections 3 and 5.1), its signature unlooked at. Raises Garbled."""
    _, explicit = tlv.pair(tlv.only(card_security, tlv.SEQUENCE))
    signed_data = tlv.only(explicit.value, tlv.SEQUENCE).children()
    encapsulated = tlv.take(signed_data, tlv.SEQUENCE).children()
    return tlv.only(tlv.take(encapsulated, _CONTENT).value, tlv.OCTET_STRING).value
