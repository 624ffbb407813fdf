"""Counterfeits on the reader: our own reader reads them off the virtual card, and the post judges what it got."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import pytest

from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import ChipPart, ChipReading, Verdict
from crossing.documents.chip.service import ChipExaminer
from crossing.documents.mrz import parse
from crossing.lanes.chip_views import proved, view_of_reading
from crossing.ports.chip import AccessProtocol, ChipFile
from crossing.ports.devices import unheard
from crossing_devices.captures import Deadline
from crossing_devices.chip.session import read_chip
from crossing_devices.simulated.passport.apdu import Command, Refusal, StatusWord
from crossing_devices.simulated.passport.card import Card
from crossing_devices.simulated.passport.counterfeits import cloned
from crossing_devices.simulated.passport.filesystem import ElementaryFile
from crossing_devices.simulated.passport.personalise import Passport
from crossing_devices.simulated.passport.protocols import Mapping, PaceVariant
from tests.integration.documents.chip.utopia import (
    PLAIN,
    TODAY,
    UNPROVABLE,
    VERIFIED,
    authority,
    failed,
    not_checked,
    passport,
    trusting,
)

FILE_IDS: Final = {ChipFile.COM: 0x011E, ChipFile.SOD: 0x011D, ChipFile.DG1: 0x0101, ChipFile.DG2: 0x0102} | {
    ChipFile.DG14: 0x010E,
    ChipFile.DG15: 0x010F,
}
SIGNS_ONLY = replace(PLAIN, pace=(), chip_authentication=None)
"""Opened by BAC, and active authentication its one proof: the passport that is copied most easily."""


class Secretive(Card):
    """Once it is opened, it has some files no more, and says so within the session."""

    hidden: frozenset[int] = frozenset()
    status = StatusWord.SECURITY_STATUS

    def _permitted(self, file: ElementaryFile | None) -> ElementaryFile:
        found = super()._permitted(file)
        if self._channel is not None and found.file_id in self.hidden:
            raise Refusal(self.status)
        return found


class Mute(Secretive):
    """A copy: it has no private key, and rather says nothing than something wrong."""

    says_nothing_well = False

    def _prove(self, command: Command) -> tuple[StatusWord, bytes]:
        if self.says_nothing_well:
            return StatusWord.OK, b""
        raise Refusal(StatusWord.INS_NOT_SUPPORTED)

    def _expect_chip_authentication(self, objects: dict[int, bytes]) -> None:
        raise Refusal(StatusWord.WRONG_DATA)


@dataclass
class OnTheReader:
    """The card, and who may stand between it and the reader: ``between`` answers a command himself, or not at all."""

    card: Card
    between: Callable[[bytes], bytes | None] = lambda command: None

    @property
    def atr(self) -> bytes:
        return self.card.atr

    def transmit(self, command: bytes) -> bytes:
        return self.between(command) or self.card.transmit(command)

    def close(self) -> None:
        pass


def examined(card: Card, between: Callable[[bytes], bytes | None] = lambda command: None) -> ChipReading:
    examiner = ChipExaminer(lambda: trusting(authority().certificate))
    asked = examiner.request_for(parse(card.passport.lines))
    assert asked is not None
    dump = read_chip(OnTheReader(card, between), asked, unheard, Deadline(30))
    return examiner.examine(dump, asked=asked, today=TODAY)


def proves_anything(reading: ChipReading) -> bool:
    view = view_of_reading(reading)
    return any(proved(view, file) for file in ChipFile)


def hiding(card: type[Secretive], made: Passport, *files: ChipFile, status: StatusWord) -> Secretive:
    laid = card(made)
    laid.hidden, laid.status = frozenset(FILE_IDS[file] for file in files), status
    return laid


@pytest.mark.parametrize("options", [PLAIN, SIGNS_ONLY, UNPROVABLE], ids=["CA and AA", "AA", "no proof"])
def test_the_genuine_passport_is_verified(options: object) -> None:
    reading = examined(Card(passport(options)))  # type: ignore[arg-type]

    assert reading.verdict is Verdict.VERIFIED
    assert proves_anything(reading)


@pytest.mark.parametrize("says_nothing_well", [True, False])
def test_a_copy_that_is_silent_is_no_better_than_one_that_answers_wrong(says_nothing_well: bool) -> None:
    card = Mute(cloned(passport(SIGNS_ONLY)))
    card.says_nothing_well = says_nothing_well
    reading = examined(card)

    assert reading.parts[ChipPart.ACTIVE_AUTHENTICATION] == failed(Reason.NO_ANSWER)
    assert reading.verdict is Verdict.FAILED
    assert not proves_anything(reading)


def test_a_copy_that_refuses_every_proof_fails() -> None:
    reading = examined(Mute(cloned(passport(PLAIN))))

    assert reading.verdict is Verdict.FAILED
    assert not proves_anything(reading)


@pytest.mark.parametrize("status", [StatusWord.SECURITY_STATUS, StatusWord.FILE_NOT_FOUND])
@pytest.mark.parametrize(
    "files",
    [
        (ChipFile.DG15,),
        (ChipFile.DG14, ChipFile.DG15),
        (ChipFile.DG1,),
        (ChipFile.DG2,),
        (ChipFile.DG1, ChipFile.DG2),
    ],
    ids="+".join,
)
def test_a_chip_that_keeps_signed_files_back_fails(files: tuple[ChipFile, ...], status: StatusWord) -> None:
    reading = examined(hiding(Mute, cloned(passport(PLAIN)), *files, status=status))

    assert {reading.data_groups[file] for file in files} == {failed(Reason.WITHHELD)}
    assert reading.verdict is Verdict.FAILED
    assert not proves_anything(reading)


@pytest.mark.parametrize("status", [StatusWord.SECURITY_STATUS, StatusWord.FILE_NOT_FOUND])
def test_a_chip_without_its_signed_list_fails(status: StatusWord) -> None:
    reading = examined(hiding(Secretive, passport(PLAIN), ChipFile.SOD, status=status))

    assert reading.parts[ChipPart.SOD] == failed(Reason.SOD_WITHHELD)
    assert reading.verdict is Verdict.FAILED
    assert not proves_anything(reading)


def test_the_genuine_data_of_another_do_not_hide_behind_a_missing_mrz() -> None:
    card = hiding(Secretive, passport(UNPROVABLE), ChipFile.DG1, status=StatusWord.SECURITY_STATUS)
    reading = examined(card)

    assert reading.parts[ChipPart.CHAIN] == not_checked(Reason.STATE_NOT_COMPARED)
    assert reading.verdict is Verdict.FAILED
    assert not proves_anything(reading)


class TestTheWayItIsOpened:
    def test_is_verified_where_it_is_the_one_that_is_signed(self) -> None:
        reading = examined(Card(passport(PLAIN)))

        assert reading.access is AccessProtocol.PACE_GM
        assert reading.parts[ChipPart.ACCESS] == VERIFIED

    def test_fails_where_somebody_hid_that_the_chip_offers_pace(self) -> None:
        def hidden(command: bytes) -> bytes | None:
            by_name, by_number = bytes.fromhex("00b09c00"), bytes.fromhex("00a4020c02011c")
            return b"\x6a\x82" if command.startswith((by_name, by_number)) else None

        reading = examined(Card(passport(PLAIN)), hidden)

        assert reading.access is AccessProtocol.BAC
        assert reading.parts[ChipPart.ACCESS] == failed(Reason.PACE_HIDDEN)
        assert not proves_anything(reading)

    def test_fails_where_the_offer_is_another_than_the_signed_one(self) -> None:
        made = passport(PLAIN)
        other = passport(replace(PLAIN, pace=(PaceVariant(mapping=Mapping.INTEGRATED, curve_name="secp256r1"),)))
        files = {**made.files, ChipFile.CARD_ACCESS: other.files[ChipFile.CARD_ACCESS]}
        card = Card(replace(made, files=files, options=other.options))

        assert examined(card).parts[ChipPart.ACCESS] == failed(Reason.PACE_DIFFERS)

    def test_is_not_checked_where_the_signed_data_say_nothing_of_it(self) -> None:
        assert examined(Card(passport(SIGNS_ONLY))).parts[ChipPart.ACCESS] == not_checked(Reason.PACE_NOT_ANNOUNCED)
