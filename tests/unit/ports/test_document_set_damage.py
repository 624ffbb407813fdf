"""A file that is not what was written is refused; no damage ever makes a listed document "not listed"."""

import hashlib
import hmac
from pathlib import Path

import pytest

from crossing.platform.crypto import SigningKey, signature_holds
from crossing.ports.document_set import (
    DocumentSet,
    DocumentSetDamaged,
    DocumentSetError,
    DocumentSetForeign,
    DocumentSetKeyWrong,
    DocumentSetUntrusted,
    Keys,
    NumberRange,
)
from crossing.ports.document_set.layout import START
from tests.factories.document_sets import KEYS, set_file, stolen

NUMBERS = [f"A{number:07d}" for number in range(0, 900, 20)]
BOX = NumberRange.between("B100", "B199", "MLI", "passport", "stolen blank")


def mac(header: bytes) -> bytes:
    return hmac.digest(b"key", header, hashlib.sha256)


def mac_holds(header: bytes, signature: bytes) -> bool:
    return hmac.compare_digest(mac(header), signature)


def answers(path: Path) -> list[object]:
    listed = DocumentSet.open(path, KEYS, verifier=mac_holds)
    return [listed.search(number, "MLI") for number in [*NUMBERS, "B150", "C1"]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "set"
    return set_file(path, [stolen(one) for one in NUMBERS], ranges=[BOX], signer=mac).read_bytes()


def test_every_flipped_byte_is_noticed(tmp_path: Path, whole: bytes) -> None:
    """Outside the entries when the file is opened, in them when they are asked. Of the index every fifth is tried."""
    path = tmp_path / "set"
    path.write_bytes(whole)
    right = answers(path)
    entries = range(START.size, START.size + 10 * len(NUMBERS))
    index = range(entries.stop + 200, entries.stop + 9000)
    for place in (place for place in range(len(whole)) if place not in index or place % 5 == 0):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        if place in entries:
            listed = DocumentSet.open(path, KEYS, verifier=mac_holds)
            with pytest.raises(DocumentSetDamaged):
                listed.verify()
        else:
            with pytest.raises(DocumentSetError):
                DocumentSet.open(path, KEYS, verifier=mac_holds)
    path.write_bytes(whole)
    assert answers(path) == right


def test_a_damaged_entry_is_no_answer(tmp_path: Path, whole: bytes) -> None:
    path, refused = tmp_path / "set", 0
    for place in range(START.size, START.size + 10 * len(NUMBERS)):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        path.write_bytes(changed)
        listed = DocumentSet.open(path, KEYS, verifier=mac_holds)
        for number in NUMBERS[:: len(NUMBERS) // 3]:
            try:
                assert listed.search(number, "MLI")
            except DocumentSetDamaged:
                refused += 1
    assert refused


def test_a_file_cut_anywhere_is_refused(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "set"
    for length in [*range(0, len(whole), 13), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(DocumentSetError):
            DocumentSet.open(path, KEYS)


def test_a_file_cut_while_it_is_open_is_no_answer(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "set"
    path.write_bytes(whole)
    listed = DocumentSet.open(path, KEYS)
    with path.open("r+b") as file:
        file.truncate(START.size)
    with pytest.raises(DocumentSetDamaged):
        listed.search(NUMBERS[0])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" + bytes(400), b"number,issuing_state\n" * 40])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "set"
    path.write_bytes(content)
    with pytest.raises(DocumentSetForeign):
        DocumentSet.open(path, KEYS)


def test_a_later_format_is_named(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "set"
    path.write_bytes(whole[:8] + (7).to_bytes(4, "big") + whole[12:])
    with pytest.raises(DocumentSetForeign, match="version 7"):
        DocumentSet.open(path, KEYS)


def test_another_secret_is_an_error_and_not_an_empty_list(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "set"
    path.write_bytes(whole)
    with pytest.raises(DocumentSetKeyWrong):
        DocumentSet.open(path, Keys(b"another"))


def test_only_the_signature_that_is_expected_opens_a_file(tmp_path: Path) -> None:
    ours, other = (SigningKey.load_or_create(tmp_path / name) for name in ("ours", "other"))
    signed = set_file(tmp_path / "signed", [stolen("A1")], signer=ours.sign)
    unsigned = set_file(tmp_path / "unsigned", [stolen("A1")])

    def by(key: SigningKey, path: Path) -> DocumentSet:
        return DocumentSet.open(path, KEYS, verifier=lambda said, sign: signature_holds(key.public, sign, said))

    assert by(ours, signed).search("A1")
    for key, path in ((other, signed), (ours, unsigned)):
        with pytest.raises(DocumentSetUntrusted):
            by(key, path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        DocumentSet.open(tmp_path / "set", KEYS)


def test_what_is_open_outlives_its_name(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "set"
    path.write_bytes(whole)
    listed = DocumentSet.open(path, KEYS)
    path.unlink()
    assert listed.search(NUMBERS[0], "MLI")
