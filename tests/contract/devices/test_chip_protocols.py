"""Reader and virtual passport, each written from Doc 9303 alone, understand each other in every protocol.

Both pass the worked examples of Doc 9303-11 by themselves; here they meet at the wire, command by command.
"""

import pytest

from crossing.ports.chip import READ_BY_DEFAULT, AccessProtocol, ChipDump, ChipFile, ChipRequest, NotRead, Proof
from crossing.ports.devices import unheard
from crossing_devices.captures import Deadline
from crossing_devices.chip.errors import WrongKey
from crossing_devices.chip.session import read_chip
from crossing_devices.simulated.passport.card import Card
from crossing_devices.simulated.passport.counterfeits import cloned
from crossing_devices.simulated.passport.personalise import (
    ActiveAuthentication,
    ChipAuthentication,
    ChipOptions,
    Passport,
)
from crossing_devices.simulated.passport.protocols import Cipher, Mapping, PaceVariant
from tests.factories.passports import passport

CHALLENGE = "fedcba9876543210"
CURVES = (
    "secp192r1",
    "brainpoolP192r1",
    "secp224r1",
    "brainpoolP224r1",
    "secp256r1",
    "brainpoolP256r1",
    "brainpoolP320r1",
    "secp384r1",
    "brainpoolP384r1",
    "brainpoolP512r1",
    "secp521r1",
)
ACCESS = {
    Mapping.GENERIC: AccessProtocol.PACE_GM,
    Mapping.INTEGRATED: AccessProtocol.PACE_IM,
    Mapping.CHIP_AUTHENTICATION: AccessProtocol.PACE_CAM,
}


class OnTheTable:
    """A card that needs no reader."""

    def __init__(self, document: Passport) -> None:
        self._card = Card(document)

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def transmit(self, command: bytes) -> bytes:
        return self._card.transmit(command)

    def close(self) -> None:
        """Nothing to give back."""


def read(
    document: Passport,
    *,
    files: tuple[ChipFile, ...] = READ_BY_DEFAULT,
    by_can: bool = False,
) -> ChipDump:
    mrz, can = (None, document.options.can) if by_can else (document.mrz_key, None)
    request = ChipRequest(mrz=mrz, can=can, challenge=CHALLENGE, files=files)
    return read_chip(OnTheTable(document), request, unheard, Deadline(30))


def is_complete(dump: ChipDump, document: Passport) -> bool:
    wanted = {*READ_BY_DEFAULT} & document.files.keys()
    return wanted <= dump.files.keys() and all(document.files[file] == dump.files[file] for file in dump.files)


def variants() -> list[PaceVariant]:
    """Every mapping and cipher on one curve, every mapping and curve with one cipher."""
    chosen = {(mapping, cipher, "brainpoolP256r1") for mapping in Mapping for cipher in Cipher}
    chosen |= {(mapping, Cipher.AES_256, curve) for mapping in Mapping for curve in CURVES}
    undefined = {(Mapping.CHIP_AUTHENTICATION, Cipher.TDES, "brainpoolP256r1")}
    undefined |= {(Mapping.INTEGRATED, Cipher.AES_256, "secp224r1")}
    return [PaceVariant(*variant) for variant in sorted(chosen - undefined)]


@pytest.mark.parametrize("variant", variants(), ids=lambda one: f"{one.mapping}-{one.cipher}-{one.curve_name}")
def test_pace(variant: PaceVariant) -> None:
    document = passport(ChipOptions(pace=(variant,), chip_authentication=None))
    dump = read(document)

    assert (dump.access, dump.access_oid) == (ACCESS[variant.mapping], variant.oid)
    assert is_complete(dump, document)
    if variant.mapping is Mapping.CHIP_AUTHENTICATION:
        assert dump.pace_cam is not None
        assert dump.pace_cam.outcome is Proof.PASSED
        assert dump.files[ChipFile.CARD_SECURITY] == document.files[ChipFile.CARD_SECURITY]


@pytest.mark.parametrize("bac", [True, False], ids=["after BAC", "after PACE"])
@pytest.mark.parametrize("cipher", Cipher)
@pytest.mark.parametrize("standardized", [True, False], ids=["by number", "explicit"])
def test_chip_authentication(cipher: Cipher, standardized: bool, bac: bool) -> None:
    offered = ChipAuthentication("secp384r1", cipher, standardized)
    pace = () if bac else (PaceVariant(),)
    document = passport(ChipOptions(pace=pace, chip_authentication=offered))
    dump = read(document)

    assert dump.chip_authentication is not None
    assert dump.chip_authentication.outcome is Proof.PASSED
    assert bytes.fromhex(dump.chip_authentication.public_key) in document.files[ChipFile.DG14]
    assert is_complete(dump, document)


@pytest.mark.parametrize("extended", [True, False], ids=["extended", "short"])
@pytest.mark.parametrize("kind", ActiveAuthentication)
def test_active_authentication(kind: ActiveAuthentication, extended: bool) -> None:
    document = passport(ChipOptions(active_authentication=kind, extended_length=extended))
    dump = read(document)

    assert dump.active_authentication is not None
    assert dump.active_authentication.challenge == CHALLENGE
    assert len(dump.active_authentication.response) >= 128
    assert is_complete(dump, document)


@pytest.mark.parametrize("extended", [True, False], ids=["extended", "short"])
@pytest.mark.parametrize("pace", [(), (PaceVariant(),)], ids=["bac", "pace"])
def test_files_beyond_32_kilobytes(pace: tuple[PaceVariant, ...], extended: bool) -> None:
    """From there on READ BINARY has an odd INS."""
    document = passport(ChipOptions(pace=pace, extended_length=extended))
    content = bytes.fromhex("7583012000") + bytes(range(256)) * 0x0120
    document.files[ChipFile.DG2] = content
    dump = read(document, files=(ChipFile.COM, ChipFile.DG2))

    assert dump.files[ChipFile.DG2] == content


def test_the_card_access_number_opens_as_well() -> None:
    document = passport()

    assert is_complete(read(document, by_can=True), document)


def test_the_card_access_number_opens_no_bac() -> None:
    with pytest.raises(WrongKey):
        read(passport(ChipOptions(pace=())), by_can=True)


def test_what_is_absent_and_what_is_refused() -> None:
    dump = read(passport(ChipOptions(fingers=True)), files=(*READ_BY_DEFAULT, ChipFile.DG3, ChipFile.DG16))

    assert dump.not_read == {ChipFile.DG3: NotRead.REFUSED, ChipFile.DG16: NotRead.ABSENT}


@pytest.mark.parametrize("mapping", [Mapping.GENERIC, Mapping.CHIP_AUTHENTICATION])
def test_a_copied_chip_proves_nothing_and_is_read_all_the_same(mapping: Mapping) -> None:
    document = cloned(passport(ChipOptions(pace=(PaceVariant(mapping),))))
    dump = read(document)

    assert dump.chip_authentication is not None
    assert dump.chip_authentication.outcome is Proof.FAILED
    if mapping is Mapping.CHIP_AUTHENTICATION:
        assert dump.pace_cam is not None
        assert dump.pace_cam.outcome is Proof.FAILED
    assert is_complete(dump, document)
