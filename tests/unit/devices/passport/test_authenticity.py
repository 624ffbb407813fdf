"""The chip proves that it is no copy, and a copy does not: chip authentication and active authentication."""

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.card import Card
from crossing_devices.simulated.passport.counterfeits import cloned
from crossing_devices.simulated.passport.curves import EcKey
from crossing_devices.simulated.passport.personalise import (
    ActiveAuthentication,
    ChipAuthentication,
    ChipOptions,
    Passport,
)
from crossing_devices.simulated.passport.protocols import (
    Cipher,
    chip_authentication_oid,
)
from crossing_devices.simulated.passport.tlv import oid_value, only, tlv
from tests.unit.devices.passport.reader import Reader, Refused, opened
from tests.unit.devices.passport.travellers import passport_of


class TestChipAuthentication:
    @pytest.mark.parametrize("cipher", list(Cipher))
    def test_session_goes_on_under_the_agreed_keys(self, cipher: Cipher) -> None:
        card = Card(passport_of(options=ChipOptions(chip_authentication=ChipAuthentication(cipher=cipher))))
        reader = opened(card)
        self._authenticate(reader, card.passport, cipher)
        assert reader.read(1) == card.passport.files[ChipFile.DG1]

    def test_clone_can_not_go_on(self) -> None:
        genuine = passport_of()
        reader = opened(Card(cloned(genuine)))
        self._authenticate(reader, genuine, Cipher.AES_128)
        with pytest.raises(Refused, match="6988"):
            reader.read(1)

    def test_refused_while_closed(self, card: Card) -> None:
        identifier = oid_value(chip_authentication_oid(Cipher.AES_128))
        with pytest.raises(Refused, match="6982"):
            Reader(card.transmit).command("002241A4", tlv(0x80, identifier))

    def _authenticate(self, reader: Reader, passport: Passport, cipher: Cipher) -> None:
        static = passport.keys.chip_authentication
        assert static
        own = EcKey.generate(static.curve)
        if cipher is Cipher.TDES:
            reader.command("002241A6", tlv(0x91, own.encoded))
        else:
            reader.command("002241A4", tlv(0x80, oid_value(chip_authentication_oid(cipher))) + tlv(0x84, b"\x01"))
            assert reader.command("00860000", tlv(0x7C, tlv(0x80, own.encoded)), 256) == tlv(0x7C)
        reader.start(cipher, own.agree(static.public)[0].to_bytes(static.curve.size, "big"))


class TestActiveAuthentication:
    def test_ecdsa_signs_the_challenge(self, card: Card) -> None:
        answer = opened(card).command("00880000", b"CHALLENG", 256)
        public = load_der_public_key(only(card.passport.files[ChipFile.DG15], 0x6F))
        assert isinstance(public, ec.EllipticCurvePublicKey)
        signature = encode_dss_signature(int.from_bytes(answer[:32], "big"), int.from_bytes(answer[32:], "big"))
        public.verify(signature, b"CHALLENG", ec.ECDSA(hashes.SHA256()))
        with pytest.raises(InvalidSignature):
            public.verify(signature, b"ANOTHER.", ec.ECDSA(hashes.SHA256()))

    @pytest.mark.parametrize(
        ("kind", "hash_name", "trailer"),
        [(ActiveAuthentication.RSA_SHA1, "sha1", "bc"), (ActiveAuthentication.RSA_SHA256, "sha256", "34cc")],
    )
    def test_rsa_signs_with_message_recovery(self, kind: ActiveAuthentication, hash_name: str, trailer: str) -> None:
        card = Card(passport_of(options=ChipOptions(active_authentication=kind)))
        answer = opened(card).command("00880000", b"CHALLENG", 256)
        public = load_der_public_key(only(card.passport.files[ChipFile.DG15], 0x6F))
        assert isinstance(public, RSAPublicKey)
        numbers = public.public_numbers()
        recovered = pow(int.from_bytes(answer, "big"), numbers.e, numbers.n).to_bytes(len(answer), "big")
        end = bytes.fromhex(trailer)
        size = hashlib.new(hash_name).digest_size
        drawn, digest = recovered[1 : -len(end) - size], recovered[-len(end) - size : -len(end)]
        assert recovered[:1] == b"\x6a"
        assert recovered.endswith(end)
        assert hashlib.new(hash_name, drawn + b"CHALLENG").digest() == digest

    def test_clone_signs_with_another_key(self, passport: Passport) -> None:
        answer = opened(Card(cloned(passport))).command("00880000", b"CHALLENG", 256)
        public = load_der_public_key(only(passport.files[ChipFile.DG15], 0x6F))
        assert isinstance(public, ec.EllipticCurvePublicKey)
        signature = encode_dss_signature(int.from_bytes(answer[:32], "big"), int.from_bytes(answer[32:], "big"))
        with pytest.raises(InvalidSignature):
            public.verify(signature, b"CHALLENG", ec.ECDSA(hashes.SHA256()))
