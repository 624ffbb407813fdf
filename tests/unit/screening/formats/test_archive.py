"""ZIP files within bounds."""

import io
import struct
import zipfile

import pytest

from crossing.screening.errors import ListArchiveRefused, ListMalformed
from crossing.screening.lists.formats.archive import Archive, is_archive
from tests.factories.screening.workbooks import archive


def test_members_are_read_whole() -> None:
    content = archive({"a.csv": b"one", "folder/b.csv": "two" * 100_000})
    opened = Archive(content)
    assert is_archive(content)
    assert opened.names == ["a.csv", "folder/b.csv"]
    assert opened.read("folder/b.csv") == b"two" * 100_000


def test_a_bomb_is_refused_by_what_it_says_of_itself() -> None:
    with pytest.raises(ListArchiveRefused):
        Archive(archive({"a": bytes(20_000_000)}))


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_unpacks() -> None:
    content = archive({"a": bytes(20_000_000)})
    told = struct.pack("<L", 20_000_000)
    with pytest.raises((ListArchiveRefused, ListMalformed)):
        Archive(content.replace(told, struct.pack("<L", 1000))).read("a")


def test_many_members_together_are_bounded() -> None:
    with pytest.raises(ListArchiveRefused):
        Archive(archive({f"{n}": b"x" * 1000 for n in range(20)}), max_bytes=10_000)


def test_too_many_members_are_refused() -> None:
    with pytest.raises(ListArchiveRefused):
        Archive(archive({f"{n}": b"" for n in range(10_001)}))


def test_an_archive_within_is_refused() -> None:
    opened = Archive(archive({"inner.zip": archive({"a": b"x"})}))
    with pytest.raises(ListArchiveRefused):
        opened.read("inner.zip")


def test_two_members_of_one_name_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("a", b"two")
    with pytest.raises(ListArchiveRefused):
        Archive(out.getvalue())


def test_an_encrypted_member_is_refused() -> None:
    content = bytearray(archive({"a": b"x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ListArchiveRefused):
        Archive(bytes(content))


@pytest.mark.parametrize("size", [10, 60, 90])
def test_a_cut_archive_is_damaged(size: int) -> None:
    with pytest.raises(ListMalformed):
        Archive(archive({"a": b"x" * 100})[:size])


def test_a_member_with_another_checksum_is_damaged() -> None:
    content = bytearray(archive({"a": bytes(range(256))}))
    content[50] ^= 0xFF
    with pytest.raises(ListMalformed):
        Archive(bytes(content)).read("a")
