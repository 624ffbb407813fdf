"""What a chip says that it can do, and what of it this reader does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.chip import Proof
from crossing_devices.chip import tlv
from crossing_devices.chip.authentication import mapping_proof
from crossing_devices.chip.ciphers import Aes
from crossing_devices.chip.curves import Curve
from crossing_devices.chip.domain_parameters import STANDARDISED
from crossing_devices.chip.errors import Garbled
from crossing_devices.chip.modp import PrimeField
from crossing_devices.chip.pace import Opened, strongest
from crossing_devices.chip.secure_messaging import SecureMessaging
from crossing_devices.chip.security_infos import (
    Mapping,
    chip_authentications,
    chip_keys,
    pace_infos,
    security_infos,
)
from tests.unit.devices.chip.scripted import hexadecimal

ID_PACE = "04007f0007020204"
ID_CA = "04007f0007020203"
ID_PK = "04007f0007020201"


def number(value: int) -> bytes:
    return tlv.encode(tlv.INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(encoded: str) -> bytes:
    return tlv.encode(tlv.OBJECT_IDENTIFIER, bytes.fromhex(encoded))


def sequence(*parts: bytes) -> bytes:
    return tlv.encode(tlv.SEQUENCE, b"".join(parts))


def set_of(*infos: bytes) -> bytes:
    return tlv.encode(tlv.SET, b"".join(infos))


def explicit(curve: Curve, order: int | None = None) -> bytes:
    """AlgorithmIdentifier with ECParameters (TR-03111 section 5.1.1)."""
    width = (curve.bits + 7) // 8
    field = sequence(oid("2a8648ce3d0101"), number(curve.prime))
    coefficients = sequence(*(tlv.encode(tlv.OCTET_STRING, v.to_bytes(width, "big")) for v in (curve.a, curve.b)))
    base = tlv.encode(tlv.OCTET_STRING, curve.generator)
    parameters = sequence(number(1), field, coefficients, base, number(order or curve.order), number(1))
    return sequence(oid("2a8648ce3d0201"), parameters)


def key_info(algorithm: bytes, public_key: bytes, kind: int = 2, key_id: int | None = None) -> bytes:
    public = sequence(algorithm, tlv.encode(tlv.BIT_STRING, b"\0" + public_key))
    return sequence(oid(f"{ID_PK}{kind:02x}"), public, *([] if key_id is None else [number(key_id)]))


def curve(parameter_id: int) -> Curve:
    found = STANDARDISED[parameter_id]
    assert isinstance(found, Curve)
    return found


def field(parameter_id: int) -> PrimeField:
    found = STANDARDISED[parameter_id]
    assert isinstance(found, PrimeField)
    return found


@pytest.mark.parametrize("parameter_id", sorted(STANDARDISED))
def test_two_sides_agree_in_every_group(parameter_id: int) -> None:
    group = STANDARDISED[parameter_id]
    one, other = group.private_key(), group.private_key()
    keys = group.power(group.generator, one), group.power(group.generator, other)

    assert group.shared_secret(one, keys[1]) == group.shared_secret(other, keys[0])
    assert group.combine(group.power(group.generator, group.order - 1), keys[0]) == group.power(
        group.generator, one - 1
    )
    with pytest.raises(Garbled):
        group.power(group.generator, group.order)


def test_points_and_numbers_that_are_no_elements() -> None:
    zeros, order_two = bytes(65), (field(0).prime - 1).to_bytes(128, "big")
    for group, element in (
        (curve(13), b"\x04" + zeros[1:]),
        (curve(13), b"\x02" + zeros[:32]),
        (field(0), order_two),
    ):
        with pytest.raises(Garbled):
            group.power(element, 2)


def test_offers_in_groups_and_versions_that_are_unknown_are_left_out() -> None:
    offers = set_of(
        sequence(oid(ID_PACE + "0202"), number(2), number(13)),
        sequence(oid(ID_PACE + "0204"), number(1), number(13)),
        sequence(oid(ID_PACE + "0204"), number(2), number(19)),
        sequence(oid(ID_PACE + "0902"), number(2), number(13)),
        sequence(oid(ID_PACE + "0102"), number(2), number(13)),
        sequence(oid(ID_CA + "0202"), number(1)),
    )

    assert [info.oid for info in pace_infos(security_infos(offers))] == ["0.4.0.127.0.7.2.2.4.2.2"]


def test_explicit_parameters_are_used_where_they_are_known_ones() -> None:
    for algorithm, expected in ((explicit(curve(16)), 1), (explicit(curve(16), order=17), 0)):
        offers = set_of(
            sequence(oid(ID_PACE + "0202"), number(2), number(40)),
            sequence(oid(ID_PACE + "02"), algorithm, number(40)),
        )
        assert len(pace_infos(security_infos(offers))) == expected


def test_the_strongest_offer() -> None:
    offers = {
        "gm 128": sequence(oid(ID_PACE + "0202"), number(2), number(13)),
        "im 256 field": sequence(oid(ID_PACE + "0304"), number(2), number(2)),
        "gm 256": sequence(oid(ID_PACE + "0204"), number(2), number(13)),
        "im 256": sequence(oid(ID_PACE + "0404"), number(2), number(17)),
        "cam 128": sequence(oid(ID_PACE + "0602"), number(2), number(13)),
    }
    chosen = [strongest(pace_infos(security_infos(set_of(*list(offers.values())[:n])))) for n in range(6)]

    assert [info and info.oid.removeprefix("0.4.0.127.0.7.2.2.4.") for info in chosen] == [
        None,
        "2.2",
        "3.4",
        "2.4",
        "4.4",
        "6.2",
    ]


@pytest.mark.parametrize("named", ["2b2403030208010107", "2a8648ce3d030107"])
def test_named_curves_that_no_chip_should_name(named: str) -> None:
    group = curve(13 if named.startswith("2b") else 12)
    algorithm = sequence(oid("2a8648ce3d0201"), oid(named))

    (key,) = chip_keys(security_infos(set_of(key_info(algorithm, group.generator))))
    assert key.group == group


@pytest.mark.parametrize("kind", ["2a864886f70d010301", "2a8648ce3e0201"], ids=["PKCS #3", "X9.42"])
def test_keys_in_prime_fields_in_both_forms(kind: str) -> None:
    group = field(1)
    algorithm = sequence(oid(kind), sequence(number(group.prime), number(group.base)))
    info = key_info(algorithm, number(group.base), kind=1, key_id=3)

    (key,) = chip_keys(security_infos(set_of(info)))
    assert (key.public_key, key.key_id) == (group.generator, 3)


def test_the_strongest_cipher_of_chip_authentication_with_its_own_key() -> None:
    infos = set_of(
        sequence(oid(ID_CA + "0201"), number(1), number(1)),
        sequence(oid(ID_CA + "0204"), number(1), number(2)),
        key_info(explicit(curve(13)), curve(13).generator, key_id=1),
        key_info(explicit(curve(16)), curve(16).generator, key_id=2),
    )
    best, weakest = chip_authentications(security_infos(infos))

    assert (best.suite, best.key.group, best.key_id) == (Aes(256), curve(16), 2)
    assert weakest.key.group == curve(13)


def test_a_key_without_a_protocol_means_3des() -> None:
    (only,) = chip_authentications(security_infos(set_of(key_info(explicit(curve(13)), curve(13).generator))))

    assert (only.oid, only.oid_bytes.hex(), only.key_id) == ("0.4.0.127.0.7.2.2.3.2.1", ID_CA + "0201", None)


@given(st.binary(max_size=120))
def test_any_bytes_are_infos_or_refused(data: bytes) -> None:
    try:
        infos = security_infos(tlv.encode(tlv.SET, data))
        pace_infos(infos)
        chip_authentications(infos)
    except Garbled:
        return


# Doc 9303-11 appendix I.1.
CAM_KEY = """30620609 04007F00 07020201 02305230 0C060704 007F0007 01020201 0D034200 04187270 9494399E 7470A643
    1BE25E83 EEE24FEA 568C2ED2 8DB48E05 DB3A610D C884D256 A40E35EF CB59BF67 53D3A489 D28C7A4D 973C2DA1 38A6E7A4
    A08F68E1 6F02010D"""
CAM_DATA = 0x85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B3
CAM_MAPPING_KEY = """04 A234236A A9B9621E 8EFB73B5 245C0E09 D2576E52 77183C12 08BDD552 80CAE8B3
    04F36571 3A356E65 A451E165 ECC9AC0A C46E3771 342C8FE5 AEDD0926 85338E23"""


def card_security(key: bytes) -> bytes:
    """As CMS SignedData, of which the reader looks at the content alone."""
    content = tlv.encode(0xA0, tlv.encode(tlv.OCTET_STRING, set_of(key)))
    signed = sequence(number(3), tlv.encode(tlv.SET, b""), sequence(oid("04007f0007030201"), content))
    return sequence(oid("2a864886f70d010702"), tlv.encode(0xA0, signed))


def opened(chip_data: int | None) -> Opened:
    (info,) = pace_infos(security_infos(hexadecimal("3114 3012060A 04007F00 07020204 06020201 0202010D")))
    assert info.mapping is Mapping.CHIP_AUTHENTICATION
    session = SecureMessaging(info.suite, bytes(16), bytes(16))
    return Opened(info, session, hexadecimal(CAM_MAPPING_KEY), chip_data)


def test_the_mapping_of_appendix_i_proves_the_chip() -> None:
    proof = mapping_proof(opened(CAM_DATA), card_security(hexadecimal(CAM_KEY)))

    assert proof.outcome is Proof.PASSED
    assert proof.public_key in hexadecimal(CAM_KEY).hex()


@pytest.mark.parametrize(
    ("chip_data", "security", "outcome"),
    [
        (CAM_DATA + 1, card_security(hexadecimal(CAM_KEY)), Proof.FAILED),
        (None, card_security(hexadecimal(CAM_KEY)), Proof.FAILED),
        (CAM_DATA, card_security(hexadecimal(CAM_KEY)[:-1] + b"\x0e"), Proof.FAILED),
        (CAM_DATA, b"\x30\x00", Proof.FAILED),
        (CAM_DATA, None, Proof.NOT_DONE),
    ],
    ids=["other data", "no data", "another key's number", "no file's content", "no file"],
)
def test_a_mapping_that_proves_nothing(chip_data: int | None, security: bytes | None, outcome: Proof) -> None:
    assert mapping_proof(opened(chip_data), security).outcome is outcome
