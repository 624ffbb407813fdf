"""The chip as a state machine: what it opens, what it refuses, and with which status word."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.card import Card
from crossing_devices.simulated.passport.counterfeits import cloned, tampered
from crossing_devices.simulated.passport.curves import CURVES
from crossing_devices.simulated.passport.pace import mrz_password
from crossing_devices.simulated.passport.personalise import (
    ChipOptions,
    Passport,
)
from crossing_devices.simulated.passport.portrait import PortraitCoding, PortraitRecord
from crossing_devices.simulated.passport.protocols import (
    Cipher,
    Mapping,
    PaceVariant,
)
from crossing_devices.simulated.passport.tlv import only, parse, tlv
from crossing_devices.simulated.server import Fault, FaultBoard, FaultOrder
from tests.unit.devices.passport.reader import APPLICATION, Reader, Refused, mrz_information, opened
from tests.unit.devices.passport.travellers import anna, passport_of

SHORT_IDS = {
    ChipFile.COM: 0x1E,
    ChipFile.SOD: 0x1D,
    ChipFile.DG1: 1,
    ChipFile.DG2: 2,
    ChipFile.DG11: 11,
    ChipFile.DG12: 12,
    ChipFile.DG14: 14,
    ChipFile.DG15: 15,
}


def status_of(card: Card, command: str) -> str:
    return card.transmit(bytes.fromhex(command))[-2:].hex().upper()


def password_of(passport: Passport) -> bytes:
    return mrz_password(mrz_information(passport.mrz_key))


class TestReading:
    def test_every_file_is_read_as_it_was_written(self, card: Card) -> None:
        reader = opened(card)
        for file, short_id in SHORT_IDS.items():
            assert reader.read(short_id, 223) == card.passport.files[file]

    def test_extended_length_reads_a_portrait_in_few_commands(self, card: Card) -> None:
        reader = opened(card, extended=True)
        assert reader.read(SHORT_IDS[ChipFile.DG2], 65_536) == card.passport.files[ChipFile.DG2]

    def test_no_answer_is_longer_than_the_chip_says(self, card: Card) -> None:
        sizes = []

        def measured(raw: bytes) -> bytes:
            answer = card.transmit(raw)
            sizes.append(max(len(raw), len(answer)))
            return answer

        reader = Reader(measured, extended=True)
        reader.select_application()
        reader.basic_access(card.passport.mrz_key)
        reader.read(SHORT_IDS[ChipFile.DG2], 65_536)
        assert 1_000 < max(sizes) <= card.passport.options.max_apdu_bytes

    def test_odd_instruction_reads_with_the_offset_in_its_data(self, card: Card) -> None:
        reader = opened(card)
        whole = card.passport.files[ChipFile.DG2]
        part = reader.command("00B10002", tlv(0x54, (300).to_bytes(2, "big")), 104)
        assert only(part, 0x53) == whole[300:400]
        part = reader.command("00B10000", tlv(0x54, (5_000).to_bytes(2, "big")), 104)
        assert only(part, 0x53) == whole[5_000:5_100]

    def test_reading_to_the_end_is_said_and_beyond_it_refused(self, card: Card) -> None:
        reader = opened(card)
        whole = card.passport.files[ChipFile.DG1]
        assert reader.command(f"00B081{len(whole) - 10:02X}", expected=20) == whole[-10:]
        assert reader.last_status == 0x6282
        with pytest.raises(Refused, match="6B00"):
            reader.command(f"00B000{len(whole):02X}", expected=1)

    def test_files_of_the_master_file_stand_open(self, card: Card) -> None:
        reader = Reader(card.transmit)
        assert reader.read(0x1C) == card.passport.files[ChipFile.CARD_ACCESS]
        assert reader.command("00B09E00", expected=256) == tlv(0x61, tlv(0x4F, APPLICATION))
        told = dict(parse(reader.command("00B08100", expected=256)))
        assert told[0x47][2] & 0x40
        assert dict(parse(told[0x7F66])) == {0x02: (1_024).to_bytes(2, "big")}

    def test_selected_by_identifier_a_file_tells_its_size(self, card: Card) -> None:
        reader = opened(card)
        told = dict(parse(only(reader.command("00A40204", b"\x01\x01", 256), 0x62)))
        assert int.from_bytes(told[0x80], "big") == len(card.passport.files[ChipFile.DG1])
        assert reader.command("00B00000", expected=5) == card.passport.files[ChipFile.DG1][:5]


class TestRefusals:
    @pytest.mark.parametrize(
        ("command", "status"),
        [
            ("00A4020C02011E", "6982"),  # a file of the application, not opened
            ("00B0810000", "6982"),
            ("00A4040C07A0000002471002", "6A82"),  # another application
            ("00A4010C02011E", "6A86"),
            ("0082000028" + "00" * 40 + "28", "6985"),  # no challenge was asked for
            ("0084000004", "6700"),
            ("0088000008000000000000000000", "6982"),
            ("00CA000000", "6D00"),
            ("80A4000000", "6E00"),
            ("10A4000000", "6884"),
            ("00A404", "6700"),
            ("00A4040C07A000", "6700"),
            ("10860000027C0000", "6985"),
            ("0022C1A40F800A04007F00070202040802830101", "6A80"),  # no such variant
            ("0022C1A40F800A04007F00070202040202830109", "6A88"),  # no such password
            ("0022AAAA00", "6A86"),
            ("0CB000000D9701048E08000000000000000000", "6988"),  # no session
        ],
    )
    def test_status_words_of_a_closed_chip(self, card: Card, command: str, status: str) -> None:
        card.transmit(bytes.fromhex("00A4040C07A0000002471001"))
        assert status_of(card, command) == status

    def test_fingers_are_refused_to_a_reader_without_the_right(self, card: Card) -> None:
        with pytest.raises(Refused, match="6982"):
            opened(card).read(3)

    def test_absent_file_is_told_once_the_chip_is_open(self, card: Card) -> None:
        with pytest.raises(Refused, match="6A82"):
            opened(card).read(5)

    def test_wrong_zone_opens_nothing_and_spends_the_challenge(self, card: Card) -> None:
        reader = Reader(card.transmit)
        reader.select_application()
        other = passport_of(anna("X00000000")).mrz_key
        with pytest.raises(Refused, match="6300"):
            reader.basic_access(other)
        assert status_of(card, "0082000028" + "00" * 40) == "6985"

    def test_command_in_clear_ends_the_session(self, card: Card) -> None:
        reader = opened(card)
        assert status_of(card, "00B0810000") == "6982"
        with pytest.raises(Refused, match="6988"):
            reader.read(1)

    def test_command_with_a_wrong_mac_ends_the_session(self, card: Card) -> None:
        reader = opened(card)
        assert status_of(card, "0CB081000D9701048E08000000000000000000") == "6988"
        with pytest.raises(Refused, match="6988"):
            reader.read(1)

    def test_command_without_a_mac_ends_the_session(self, card: Card) -> None:
        opened(card)
        assert status_of(card, "0CB0810003970104") == "6987"

    def test_reset_forgets_the_session(self, card: Card) -> None:
        reader = opened(card)
        card.reset()
        with pytest.raises(Refused):
            reader.read(1)

    def test_chip_without_extended_length_refuses_it(self) -> None:
        card = Card(passport_of(options=ChipOptions(extended_length=False)))
        assert status_of(card, "00B081000001F4") == "6700"
        assert opened(card).read(SHORT_IDS[ChipFile.DG2], 231) == card.passport.files[ChipFile.DG2]

    def test_chip_with_pace_alone_has_no_basic_access(self) -> None:
        card = Card(passport_of(options=ChipOptions(bac=False)))
        card.transmit(bytes.fromhex("00A4040C07A0000002471001"))
        assert status_of(card, "0084000008") == "6D00"

    @given(st.lists(st.binary(max_size=300), max_size=6))
    def test_whatever_is_sent_is_answered_and_nothing_opens(self, passport: Passport, sent: list[bytes]) -> None:
        card = Card(passport)
        for raw in sent:
            assert len(card.transmit(raw)) >= 2
        card.transmit(bytes.fromhex("00A4040C07A0000002471001"))
        assert status_of(card, "00B0810000") == "6982"

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["A4", "B0", "B1", "84", "82", "88", "22", "86", "CA"]),
                st.binary(min_size=2, max_size=2),
                st.binary(max_size=60),
            ),
            max_size=8,
        )
    )
    def test_whatever_is_sent_in_a_session_is_answered_in_it(
        self, passport: Passport, sent: list[tuple[str, bytes, bytes]]
    ) -> None:
        reader = opened(Card(passport))
        for ins, parameters, data in sent:
            with suppress(Refused):
                reader.command(f"00{ins}{parameters.hex()}", data, 200)
        reader.select_application()
        assert reader.read(1) == passport.files[ChipFile.DG1]


class TestPace:
    @pytest.mark.parametrize("cipher", list(Cipher))
    @pytest.mark.parametrize("kind", [Mapping.GENERIC, Mapping.INTEGRATED])
    def test_opens_with_every_cipher(self, kind: Mapping, cipher: Cipher) -> None:
        variant = PaceVariant(kind, cipher)
        card = Card(passport_of(options=ChipOptions(pace=(variant,), bac=False)))
        reader = Reader(card.transmit)
        reader.pace(variant, password_of(card.passport), 1)
        reader.select_application()
        assert reader.read(1) == card.passport.files[ChipFile.DG1]

    @pytest.mark.parametrize("curve", [name for name in CURVES if name != "secp224r1"])
    def test_opens_on_every_curve(self, curve: str) -> None:
        variant = PaceVariant(Mapping.INTEGRATED, Cipher.AES_256, curve)
        card = Card(passport_of(options=ChipOptions(pace=(variant,))))
        reader = Reader(card.transmit)
        reader.pace(variant, card.passport.options.can.encode(), 2)
        assert reader.read(0x1C) == card.passport.files[ChipFile.CARD_ACCESS]

    @pytest.mark.parametrize("cipher", [Cipher.AES_128, Cipher.AES_192, Cipher.AES_256])
    def test_chip_authentication_mapping_proves_the_key_in_card_security(self, cipher: Cipher) -> None:
        variant = PaceVariant(Mapping.CHIP_AUTHENTICATION, cipher, "secp256r1")
        card = Card(passport_of(options=ChipOptions(pace=(variant,))))
        reader = Reader(card.transmit)
        answer = reader.pace(variant, password_of(card.passport), 1)
        assert self._is_proven(card.passport, reader.decrypted(answer[0x8A]), answer[0])
        assert reader.read(0x1D) == card.passport.files[ChipFile.CARD_SECURITY]

    def test_clone_fails_chip_authentication_mapping(self) -> None:
        variant = PaceVariant(Mapping.CHIP_AUTHENTICATION)
        genuine = passport_of(options=ChipOptions(pace=(variant,)))
        reader = Reader(Card(cloned(genuine)).transmit)
        answer = reader.pace(variant, password_of(genuine), 1)
        assert not self._is_proven(genuine, reader.decrypted(answer[0x8A]), answer[0])

    def test_wrong_password_is_refused(self, card: Card) -> None:
        with pytest.raises(Refused, match="6300"):
            Reader(card.transmit).pace(PaceVariant(), b"654321", 2)

    def test_point_off_the_curve_is_refused(self, card: Card) -> None:
        for command in ("0022C1A40F800A04007F00070202040202830101", "10860000027C0000"):
            assert status_of(card, command) == "9000"
        point = "04" + "11" * 64
        assert status_of(card, f"10860000457C438141{point}00") == "6A80"

    def test_last_step_may_not_be_chained(self, card: Card) -> None:
        assert status_of(card, "0022C1A40F800A04007F00070202040202830101") == "9000"
        assert status_of(card, "00860000027C0000") == "6985"

    def test_what_no_standard_describes_can_not_be_ordered(self) -> None:
        with pytest.raises(ValueError, match="3DES"):
            PaceVariant(Mapping.CHIP_AUTHENTICATION, Cipher.TDES)
        with pytest.raises(ValueError, match="modulo 4"):
            PaceVariant(Mapping.INTEGRATED, Cipher.AES_128, "secp224r1")
        curves = tuple(PaceVariant(Mapping.CHIP_AUTHENTICATION, curve_name=one) for one in ("secp256r1", "secp384r1"))
        with pytest.raises(ValueError, match="more than one curve"):
            ChipOptions(pace=curves)

    def _is_proven(self, passport: Passport, proof: bytes, mapped: bytes) -> bool:
        assert passport.keys.mapping
        curve = passport.keys.mapping.curve
        public = curve.multiply(int.from_bytes(proof, "big"), passport.keys.mapping.public)
        return curve.encode(public) == mapped


class TestMisbehaviour:
    def test_answer_with_a_wrong_mac_comes_once(self, passport: Passport) -> None:
        board = FaultBoard()
        reader = opened(Card(passport, board))
        board.set(FaultOrder(fault=Fault.WRONG_MAC, times=1))
        with pytest.raises(AssertionError):
            reader.command("00B08100", expected=4)
        assert reader.command("00B08100", expected=4) == passport.files[ChipFile.DG1][:4]

    def test_forged_proof_of_basic_access(self, passport: Passport) -> None:
        card = self._forging(passport)
        with pytest.raises(AssertionError):
            opened(card)

    def test_forged_proof_of_pace(self, passport: Passport) -> None:
        reader = Reader(self._forging(passport).transmit)
        with pytest.raises(AssertionError):
            reader.pace(PaceVariant(), password_of(passport), 1)

    def _forging(self, passport: Passport) -> Card:
        board = FaultBoard()
        board.set(FaultOrder(fault=Fault.FORGED, times=1))
        return Card(passport, board)

    def test_tampered_file_keeps_its_form(self, passport: Passport) -> None:
        changed = tampered(passport, ChipFile.DG1).files[ChipFile.DG1]
        assert changed != passport.files[ChipFile.DG1]
        assert len(only(changed, 0x61)) == len(only(passport.files[ChipFile.DG1], 0x61))


class TestAtr:
    def test_tells_both_protocols_and_checks(self, card: Card) -> None:
        check = 0
        for byte in card.atr[1:]:
            check ^= byte
        assert check == 0
        assert card.atr[:4] == bytes.fromhex("3B858001")


@pytest.mark.parametrize("coding", list(PortraitCoding))
@pytest.mark.parametrize("record", list(PortraitRecord))
def test_portrait_fits_what_it_may_take(coding: PortraitCoding, record: PortraitRecord) -> None:
    options = ChipOptions(portrait_coding=coding, portrait_record=record, portrait_bytes=8_000)
    assert 3_000 < len(passport_of(options=options).files[ChipFile.DG2]) < 8_200
