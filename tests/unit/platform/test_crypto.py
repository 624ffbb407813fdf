"""Keys: made once, kept privately, and derived so that one purpose tells nothing about another."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crossing.platform.crypto import KEY_BYTES, MasterKey, SigningKey, signature_holds


def test_a_master_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    made, loaded = MasterKey.load_or_create(path), MasterKey.load_or_create(path)
    assert made.derive("database") == loaded.derive("database")
    assert len(path.read_bytes()) == KEY_BYTES
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_each_purpose_and_each_machine_has_keys_of_its_own() -> None:
    keys = {MasterKey(bytes([number]) * KEY_BYTES).derive(use) for number in (1, 2) for use in ("database", "blobs")}
    assert len(keys) == 4
    assert all(len(key) == KEY_BYTES for key in keys)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_file_cut_short_is_refused_rather_than_used(tmp_path: Path, length: int) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(bytes(length))
    with pytest.raises(ValueError, match="32 bytes"):
        MasterKey.load_or_create(path)


def test_a_signing_key_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    signature = SigningKey.load_or_create(path).sign(b"message")
    assert signature_holds(SigningKey.load_or_create(path).public, signature, b"message")
    assert path.stat().st_mode & 0o777 == 0o600


@given(message=st.binary(max_size=200), place=st.integers(0, 63), flip=st.integers(1, 255))
def test_a_signature_holds_for_its_message_and_key_alone(message: bytes, place: int, flip: int) -> None:
    key, other = SigningKey(_private(1)), SigningKey(_private(2))
    signature = key.sign(message)
    assert signature_holds(key.public, signature, message)
    assert not signature_holds(other.public, signature, message)
    assert not signature_holds(key.public, signature, message + b".")
    broken = bytearray(signature)
    broken[place] ^= flip
    assert not signature_holds(key.public, bytes(broken), message)


@given(public=st.binary(max_size=40), signature=st.binary(max_size=80))
def test_nonsense_in_the_place_of_a_key_or_signature_holds_nothing_and_raises_nothing(
    public: bytes, signature: bytes
) -> None:
    assert not signature_holds(public, signature, b"message")


def _private(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
