"""What the names of PC/SC readers tell, as pcscd makes them up."""

import pytest

from crossing_devices.chip.reader_names import chosen, parse

ACR = "ACS ACR122U PICC Interface 00 00"
OMNIKEY = "HID Global OMNIKEY 5022 Smart Card Reader [OMNIKEY 5022 Smart Card Reader] (KJ0I4L0N) 01 00"
IDENTIVE_CONTACT = "Identive CLOUD 4700 F Dual Interface Reader [Contact Reader] (53201312100230) 02 00"
IDENTIVE_CL = "Identive CLOUD 4700 F Dual Interface Reader [Contactless Reader] (53201312100230) 02 01"
SAM = "ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM] 00 01"


@pytest.mark.parametrize(
    ("name", "model", "serial", "device_id"),
    [
        (ACR, "ACS ACR122U PICC Interface", "", "chip-acs-acr122u-picc-interface"),
        (OMNIKEY, "HID Global OMNIKEY 5022 Smart Card Reader", "KJ0I4L0N", None),
        ("Virtual PCD 00 01", "Virtual PCD", "", "chip-virtual-pcd-01"),
        ("Reader", "Reader", "", "chip-reader"),
    ],
)
def test_model_serial_number_and_slot(name: str, model: str, serial: str, device_id: str | None) -> None:
    parsed = parse(name)

    assert (parsed.model, parsed.serial) == (model, serial)
    assert device_id in (None, parsed.device_id)
    assert len(parsed.device_id) <= 64


def test_the_place_among_readers_is_no_part_of_the_identity() -> None:
    assert parse(OMNIKEY).device_id == parse(OMNIKEY.replace(" 01 00", " 03 00")).device_id


def test_slots_that_read_by_contact_alone_are_left_out() -> None:
    assert [parse(name).may_be_contactless for name in (ACR, OMNIKEY, IDENTIVE_CL)] == [True] * 3
    assert [parse(name).may_be_contactless for name in (IDENTIVE_CONTACT, SAM)] == [False] * 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", IDENTIVE_CL),
        ("OMNIKEY", OMNIKEY),
        (SAM, SAM),
        ("no such reader", None),
    ],
)
def test_which_reader_is_meant(wanted: str, found: str | None) -> None:
    assert chosen([SAM, IDENTIVE_CONTACT, OMNIKEY, IDENTIVE_CL], wanted) == found


def test_no_reader_is_taken_where_all_read_by_contact() -> None:
    assert chosen([IDENTIVE_CONTACT, SAM], "") is None
