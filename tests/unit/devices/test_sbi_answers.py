"""Whom and what the SBI driver believes, check by check."""

import base64
import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey

from crossing.ports.devices import DeviceError, DeviceFault
from crossing.ports.fingers import FingerPosition
from crossing_devices.sbi.answers import Expected, Taken, read_capture
from crossing_devices.sbi.encryption import DecryptionKey, NotDecrypted
from crossing_devices.sbi.protocol import Asked, fault_of
from crossing_devices.sbi.signatures import NotTrusted, Trust, decode_base64url, unsigned_payload
from crossing_devices.simulated.sbi.answers import Seal
from crossing_devices.simulated.sbi.pki import DevicePki, base64url, decryption_pair
from crossing_devices.simulated.sbi.server import SCANNER

NOW = dt.datetime.now(dt.UTC)
RIGHT = (FingerPosition.RIGHT_INDEX, FingerPosition.RIGHT_MIDDLE)
ASKED = Asked("Finger", "1", "2", RIGHT, "1.0", "6a1b8f0e-8b0c-4f5e-9d6c-1f2e3d4c5b6a")
BODY = ASKED.body(purpose="Registration", env="Developer", domain=None)
PKI = DevicePki.create()
EXPECTED = Expected(ASKED, Trust([PKI.authority]), SCANNER.serial, "Registration", "Developer")


def entries(seal: Seal | None = None, *subtypes: str) -> list[dict[str, Any]]:
    """The biometrics of a good answer, chained; the records are the fingers' names."""
    made: list[dict[str, Any]] = []
    previous = ""
    for one in subtypes or ("Right IndexFinger", "Right MiddleFinger"):
        sealing = seal or Seal(PKI, SCANNER, BODY, ASKED.transaction_id)
        made.append(sealing.biometric(one, one.encode(), 66, previous))
        previous = made[-1]["hash"]
    return made


def answered(biometrics: list[dict[str, Any]], expected: Expected = EXPECTED) -> tuple[Taken, ...]:
    return read_capture(json.dumps({"biometrics": biometrics}).encode(), expected, dt.datetime.now(dt.UTC))


def fault(biometrics: list[dict[str, Any]], expected: Expected = EXPECTED) -> DeviceFault:
    with pytest.raises(DeviceError) as refused:
        answered(biometrics, expected)
    return refused.value.fault


def test_a_good_answer_is_taken() -> None:
    taken = answered(entries())

    assert [one.position for one in taken] == list(RIGHT)
    assert [one.record for one in taken] == [b"Right IndexFinger", b"Right MiddleFinger"]
    assert {(one.quality, one.signed_by) for one in taken} == {(66, PKI.chain[0].fingerprint(hashes.SHA256()).hex())}


def test_fingers_left_out_put_first_or_sent_twice_break_the_chain() -> None:
    first, second = entries()

    assert fault([second]) is DeviceFault.REFUSED
    assert fault([second, first]) is DeviceFault.REFUSED
    assert fault([first, first]) is DeviceFault.REFUSED
    assert fault(entries(None, "Right IndexFinger", "Right IndexFinger")) is DeviceFault.GARBLED


def test_the_chain_goes_on_from_the_previous_question() -> None:
    first, second = entries()
    later = replace(EXPECTED, asked=replace(ASKED, previous_hash=first["hash"]))

    assert answered([second], later)[0].position is FingerPosition.RIGHT_MIDDLE
    assert fault([first], later) is DeviceFault.REFUSED
    assert fault([{**second, "hash": "no hex"}], EXPECTED) is DeviceFault.REFUSED


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"transactionId": "another transaction"}, DeviceFault.REFUSED),
        ({"purpose": "Auth"}, DeviceFault.REFUSED),
        ({"env": "Production"}, DeviceFault.REFUSED),
        ({"bioType": "Iris"}, DeviceFault.GARBLED),
        ({"bioSubType": "Sixth Finger"}, DeviceFault.GARBLED),
        ({"bioSubType": "Left Thumb"}, DeviceFault.GARBLED),
        ({"bioValue": "not base64url!"}, DeviceFault.GARBLED),
        ({"bioValue": base64url(b"another record")}, DeviceFault.REFUSED),
        ({"timestamp": "yesterday"}, DeviceFault.GARBLED),
        ({"timestamp": "2026-01-01T10:00:00"}, DeviceFault.REFUSED),
        ({"timestamp": (NOW - dt.timedelta(minutes=6)).isoformat()}, DeviceFault.REFUSED),
        # Far ahead: these are made when the tests are collected, which may be long before this one runs.
        ({"timestamp": (NOW + dt.timedelta(hours=2)).isoformat()}, DeviceFault.REFUSED),
        ({"digitalId": PKI.signed({"serialNo": "another", "type": "Finger"})}, DeviceFault.REFUSED),
        ({"digitalId": base64url(b'{"serialNo": "SIM-SLAP-000001", "type": "Finger"}')}, DeviceFault.REFUSED),
        ({"digitalId": PKI.signed([])}, DeviceFault.GARBLED),
        ({"transactionId": None}, DeviceFault.GARBLED),
    ],
)
def test_what_is_signed_has_to_answer_this_question(change: dict[str, Any], expected: DeviceFault) -> None:
    entry = entries(None, "Right IndexFinger")[0]
    data = json.loads(unsigned_payload(entry["data"])) | change

    assert fault([entry | {"data": PKI.signed(data)}]) is expected


def test_a_finger_that_failed_is_left_out_and_all_failed_is_the_devices_fault() -> None:
    failed = {"data": "", "hash": "", "error": {"errorCode": "101", "errorInfo": "nothing there"}}

    assert [one.position for one in answered([failed, *entries(None, "Right IndexFinger")])] == [RIGHT[0]]
    assert fault([failed]) is DeviceFault.NOTHING_PRESENTED
    assert fault([]) is DeviceFault.NOTHING_PRESENTED


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("100", DeviceFault.REFUSED),
        ("101", DeviceFault.NOTHING_PRESENTED),
        ("106", DeviceFault.VANISHED),
        ("109", DeviceFault.UNSUPPORTED),
        ("111", DeviceFault.BUSY),
        ("701", DeviceFault.NOTHING_PRESENTED),
        ("803", DeviceFault.BUSY),
        ("999", DeviceFault.FAILED),
        ("", DeviceFault.FAILED),
    ],
)
def test_every_code_is_one_of_our_faults(code: str, expected: DeviceFault) -> None:
    assert fault_of(code) is expected


# -- signatures


def header_of(token: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(decode_base64url(token.partition(".")[0]))
    return content


def with_header(token: str, header: dict[str, Any]) -> str:
    _, payload, signature = token.split(".")
    return f"{base64url(json.dumps(header).encode())}.{payload}.{signature}"


def trusted(token: str, *, pki: DevicePki = PKI, now: dt.datetime = NOW) -> bytes:
    return Trust([pki.authority]).open(token, now).payload


def test_any_certificate_of_the_chain_may_be_the_trusted_one() -> None:
    token = PKI.signed({"a": 1})

    for one in (PKI.authority, *PKI.chain):
        assert Trust([one]).open(token, NOW).payload == b'{"a": 1}'


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS1", "RS512", "", None, 5, ["RS256"]])
def test_only_three_algorithms_are_known(algorithm: Any) -> None:
    token = PKI.signed({"a": 1})

    with pytest.raises(NotTrusted, match="RS256"):
        trusted(with_header(token, header_of(token) | {"alg": algorithm}))


def test_a_public_key_is_no_shared_secret() -> None:
    """The old trick: HS256 with the certificate's key as the secret."""
    pem = PKI.device_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    secret = OctKey.import_key(base64url(pem)[:64])
    header = header_of(PKI.signed({})) | {"alg": "HS256"}
    registry = jws.JWSRegistry(algorithms=["HS256"])
    registry.max_header_length = 64 * 1024
    forged = jws.serialize_compact(header, b'{"a": 1}', secret, registry=registry)

    with pytest.raises(NotTrusted):
        trusted(forged)


def test_a_signature_over_something_else_does_not_hold() -> None:
    one, other = PKI.signed({"a": 1}).split("."), PKI.signed({"a": 2}).split(".")

    for mixed in ((one[0], other[1], one[2]), (one[0], one[1], other[2]), (one[0], one[1], "")):
        with pytest.raises(NotTrusted, match="signature"):
            trusted(".".join(mixed))


def test_another_authoritys_chain_is_not_ours() -> None:
    theirs = DevicePki.create()
    token = theirs.signed({"a": 1})

    with pytest.raises(NotTrusted, match="trusted certificate"):
        trusted(token)
    ours = base64.b64encode(PKI.authority.public_bytes(serialization.Encoding.DER)).decode()
    pasted = with_header(token, header_of(token) | {"x5c": [*header_of(token)["x5c"], ours]})
    with pytest.raises(NotTrusted):
        trusted(pasted)


def test_a_chain_counts_only_while_its_certificates_do() -> None:
    token = PKI.signed({})

    for moment in (NOW - dt.timedelta(days=400), NOW + dt.timedelta(days=400)):
        with pytest.raises(NotTrusted, match="expired"):
            trusted(token, now=moment)


def test_a_device_is_no_authority() -> None:
    """A device's key signs a certificate for itself under another name."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Upstart")])
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    upstart = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(PKI.chain[0].subject)
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=1))
        .sign(PKI.device_key, hashes.SHA256())
    )

    with pytest.raises(NotTrusted, match="authority"):
        trusted(replace(PKI, chain=(upstart, *PKI.chain), device_key=key).signed({}))


@pytest.mark.parametrize(
    "key", [rsa.generate_private_key(public_exponent=65537, key_size=1024), ec.generate_private_key(ec.SECP384R1())]
)
def test_weak_and_unknown_keys_do_not_count(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Weak")])
    weak = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    token = replace(PKI, chain=(weak,)).signed({})

    with pytest.raises(NotTrusted, match="2048"):
        Trust([weak]).open(token, NOW)


@pytest.mark.parametrize("chain", [None, [], ["!"], ["AAAA"], "AAAA", [5], ["AAAA"] * 6])
def test_a_token_without_a_readable_chain_does_not_count(chain: Any) -> None:
    token = PKI.signed({})

    with pytest.raises(NotTrusted):
        trusted(with_header(token, header_of(token) | {"x5c": chain}))


@pytest.mark.parametrize("place", ["issuer", "subject"])
def test_a_certificate_that_is_broken_inside_does_not_count(place: str) -> None:
    """Certificates are parsed bit by bit, whenever something of them is asked for."""
    der = PKI.chain[0].public_bytes(serialization.Encoding.DER)
    name = b"Crossing Test " + (b"Provider" if place == "issuer" else b"Device")
    broken = der.replace(bytes((0x0C, len(name))) + name, bytes((0x01, len(name))) + name, 1)
    token = PKI.signed({})
    header = header_of(token)

    with pytest.raises(NotTrusted):
        trusted(with_header(token, header | {"x5c": [base64.b64encode(broken).decode(), *header["x5c"][1:]]}))


@given(st.text(max_size=60) | st.binary(max_size=60).map(base64url).map(lambda one: f"{one}.{one}.{one}"))
def test_any_text_is_no_token(text: str) -> None:
    with pytest.raises(NotTrusted):
        trusted(text)


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_no_answer(content: bytes) -> None:
    with pytest.raises(DeviceError) as refused:
        read_capture(content, EXPECTED, NOW)
    assert refused.value.fault in (DeviceFault.GARBLED, DeviceFault.NOTHING_PRESENTED)


# -- encryption


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


def test_an_encrypted_record_opens_with_its_key_alone(folder: Path) -> None:
    certificate = decryption_pair(folder / "ours.pem")
    decryption_pair(folder / "theirs.pem")
    sealed = entries(Seal(PKI, SCANNER, BODY, ASKED.transaction_id, certificate), "Right IndexFinger")
    ours = replace(EXPECTED, key=DecryptionKey.read(folder / "ours.pem"))

    assert answered(sealed, ours)[0].record == b"Right IndexFinger"
    assert fault(sealed, replace(EXPECTED, key=DecryptionKey.read(folder / "theirs.pem"))) is DeviceFault.REFUSED
    assert fault(sealed) is DeviceFault.REFUSED  # taken as it is, the chain does not hold
    for change in (
        {"sessionKey": base64url(bytes(256))},
        {"sessionKey": "!"},
        {"thumbprint": ""},
        {"sessionKey": ""},
    ):
        assert fault([sealed[0] | change], ours) in (DeviceFault.REFUSED, DeviceFault.GARBLED)


def test_another_time_or_transaction_does_not_open_a_record(folder: Path) -> None:
    certificate = decryption_pair(folder / "one.pem")
    key = DecryptionKey.read(folder / "one.pem")
    entry = entries(Seal(PKI, SCANNER, BODY, ASKED.transaction_id, certificate), "Right IndexFinger")[0]
    data = json.loads(unsigned_payload(entry["data"]))
    value, wrapped = decode_base64url(data["bioValue"]), decode_base64url(entry["sessionKey"])

    assert key.open(value, wrapped, entry["thumbprint"], data["timestamp"], data["transactionId"])
    for stamp, transaction in (
        ("2026-01-01T00:00:00Z", data["transactionId"]),
        (data["timestamp"], "1" * 36),
        ("", ""),
    ):
        with pytest.raises(NotDecrypted):
            key.open(value, wrapped, entry["thumbprint"], stamp, transaction)


def test_a_key_file_holds_the_key_of_its_certificate(folder: Path) -> None:
    decryption_pair(folder / "first.pem")
    decryption_pair(folder / "second.pem")
    first, second = ((folder / name).read_text().partition("-----BEGIN CERT") for name in ("first.pem", "second.pem"))
    (folder / "mixed.pem").write_text(first[0] + second[1] + second[2])

    with pytest.raises(ValueError, match="certificate"):
        DecryptionKey.read(folder / "mixed.pem")
