"""The blob store: durable, encrypted, known by content, resumable; damage is noticed, a full disk is said."""

import errno
import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossing.platform.blobs import (
    BlobDamaged,
    BlobMismatch,
    BlobMissing,
    BlobRef,
    BlobStore,
    OffsetMismatch,
    StoreFull,
)
from crossing.platform.errors import Kind

KEY = bytes(range(32))
FRAME = 256 * 1024
MARK = b"a passport page of one traveller"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs", KEY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


class TestKeeping:
    @pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 7])
    def test_what_was_put_comes_back(self, store: BlobStore, size: int) -> None:
        content = os.urandom(size)
        reference = store.put(content)
        assert reference == BlobRef(sha256(content), size)
        assert store.has(reference.sha256)
        assert store.get(reference.sha256) == content

    def test_it_is_still_there_for_the_next_process(self, store: BlobStore, folder: Path) -> None:
        reference = store.put(MARK)
        assert BlobStore(folder, KEY).get(reference.sha256) == MARK

    def test_the_same_content_is_kept_once(self, store: BlobStore, folder: Path) -> None:
        assert store.put(MARK) == store.put(MARK)
        assert len(files_in(folder)) == 1

    def test_what_is_not_there_is_missing(self, store: BlobStore) -> None:
        assert not store.has(sha256(b"never put"))
        with pytest.raises(BlobMissing):
            store.get(sha256(b"never put"))

    def test_what_was_deleted_is_gone_and_deleting_again_is_no_error(self, store: BlobStore, folder: Path) -> None:
        reference = store.put(MARK)
        store.delete(reference.sha256)
        store.delete(reference.sha256)
        assert not store.has(reference.sha256)
        assert files_in(folder) == []
        with pytest.raises(BlobMissing):
            store.get(reference.sha256)

    @pytest.mark.parametrize("address", ["", "..", "../../etc/passwd", "zz" * 32, "é" * 64])
    def test_an_address_that_is_no_hash_reaches_no_file(self, store: BlobStore, address: str) -> None:
        with pytest.raises((ValueError, BlobMissing)):
            store.get(address)


class TestSecrecy:
    def test_neither_content_nor_address_is_readable_on_the_disk(self, store: BlobStore, folder: Path) -> None:
        reference = store.put(MARK * 10_000)
        on_disk = b"".join(path.read_bytes() for path in files_in(folder))
        names = "".join(str(path) for path in files_in(folder))
        assert MARK not in on_disk
        assert reference.sha256[:8] not in names
        assert bytes.fromhex(reference.sha256) not in on_disk

    def test_the_same_content_looks_different_in_two_stores(self, tmp_path: Path) -> None:
        one, other = BlobStore(tmp_path / "one", KEY), BlobStore(tmp_path / "other", KEY)
        one.put(MARK)
        other.put(MARK)
        (first,), (second,) = files_in(tmp_path / "one"), files_in(tmp_path / "other")
        assert first.read_bytes() != second.read_bytes()

    def test_files_and_folders_are_the_owner_s_alone(self, store: BlobStore, folder: Path) -> None:
        store.put(MARK)
        (path,) = files_in(folder)
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
        assert folder.stat().st_mode & 0o077 == 0

    def test_another_key_finds_nothing(self, store: BlobStore, folder: Path) -> None:
        reference = store.put(MARK)
        with pytest.raises(BlobMissing):
            BlobStore(folder, bytes(32)).get(reference.sha256)


class TestDamage:
    CONTENT = MARK * 20_000  # three frames, the last one short

    def damaged(self, store: BlobStore, folder: Path) -> tuple[str, Path, bytes]:
        reference = store.put(self.CONTENT)
        (path,) = files_in(folder)
        return reference.sha256, path, path.read_bytes()

    def test_one_changed_byte_anywhere_is_noticed(self, store: BlobStore, folder: Path) -> None:
        address, path, sound = self.damaged(store, folder)
        edges = [0, 6, 7, 46, 47, 50, 51, 52, FRAME, len(sound) - 21, len(sound) - 20, len(sound) - 1]
        for place in {*edges, *range(0, len(sound), len(sound) // 16)}:
            broken = bytearray(sound)
            broken[place] ^= 0x55
            path.write_bytes(broken)
            with pytest.raises(BlobDamaged):
                store.get(address)
        path.write_bytes(sound)
        assert store.get(address) == self.CONTENT

    def test_a_file_cut_short_anywhere_is_noticed(self, store: BlobStore, folder: Path) -> None:
        address, path, sound = self.damaged(store, folder)
        whole_frame = 47 + 4 + FRAME + 16
        for length in {0, 3, 46, 47, 50, whole_frame, whole_frame + 1, len(sound) - 20, len(sound) - 1}:
            path.write_bytes(sound[:length])
            with pytest.raises(BlobDamaged):
                store.get(address)

    def test_frames_in_another_order_are_noticed(self, store: BlobStore, folder: Path) -> None:
        address, path, sound = self.damaged(store, folder)
        step = 4 + FRAME + 16
        first, second = sound[47 : 47 + step], sound[47 + step : 47 + 2 * step]
        path.write_bytes(sound[:47] + second + first + sound[47 + 2 * step :])
        with pytest.raises(BlobDamaged):
            store.get(address)

    def test_one_blob_s_file_in_the_place_of_another_is_noticed(self, store: BlobStore, folder: Path) -> None:
        address, path, _ = self.damaged(store, folder)
        other = store.put(b"another traveller")
        (exchanged,) = (one for one in files_in(folder) if one != path)
        path.write_bytes(exchanged.read_bytes())
        with pytest.raises(BlobDamaged):
            store.get(address)
        assert store.get(other.sha256) == b"another traveller"


class TestReceiving:
    def test_a_blob_arrives_in_pieces_over_restarts(self, store: BlobStore, folder: Path) -> None:
        content = os.urandom(10_000)
        address = sha256(content)
        at = store.offset(address)
        for size in (1, 999, 5000, 4000):
            at = BlobStore(folder, KEY).append(address, at, content[at : at + size])
            assert BlobStore(folder, KEY).offset(address) == at
            assert not store.has(address)
        assert store.complete(address, len(content)) == BlobRef(address, len(content))
        assert store.get(address) == content
        assert len(files_in(folder)) == 1

    @given(cuts=st.lists(st.integers(1, 400), min_size=1, max_size=12))
    @settings(max_examples=20, deadline=None)
    def test_however_it_is_cut_it_is_the_same_blob(
        self, tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
    ) -> None:
        store = BlobStore(tmp_path_factory.mktemp("blobs"), KEY)
        content = os.urandom(sum(cuts))
        address, at = sha256(content), 0
        for size in cuts:
            at = store.append(address, at, content[at : at + size])
        store.complete(address, len(content))
        assert store.get(address) == content

    @pytest.mark.parametrize("offset", [0, 9, 11, 1000])
    def test_a_piece_for_another_place_is_refused_and_told_the_right_one(self, store: BlobStore, offset: int) -> None:
        address = sha256(MARK)
        store.append(address, 0, MARK[:10])
        with pytest.raises(OffsetMismatch) as refused:
            store.append(address, offset, MARK[10:])
        assert refused.value.params == {"offset": 10}
        assert store.offset(address) == 10

    @pytest.mark.parametrize("torn", [1, 4, 5, 20, 200])
    def test_a_frame_that_a_power_cut_tore_is_dropped_and_sent_again(
        self, store: BlobStore, folder: Path, torn: int
    ) -> None:
        content = os.urandom(600)
        address = sha256(content)
        store.append(address, 0, content[:300])
        (path,) = files_in(folder)
        acknowledged = path.stat().st_size
        store.append(address, 300, content[300:])
        with path.open("r+b") as file:
            file.truncate(acknowledged + torn)
        assert BlobStore(folder, KEY).offset(address) == 300
        assert path.stat().st_size == acknowledged
        store.append(address, 300, content[300:])
        store.complete(address, 600)
        assert store.get(address) == content

    @pytest.mark.parametrize("sent", [b"", MARK[:-1], MARK + b".", b"x" * len(MARK)])
    def test_what_is_not_what_was_announced_is_refused_and_starts_from_nothing(
        self, store: BlobStore, folder: Path, sent: bytes
    ) -> None:
        address = sha256(MARK)
        if sent:
            store.append(address, 0, sent)
        with pytest.raises(BlobMismatch):
            store.complete(address, len(MARK))
        assert not store.has(address)
        assert store.offset(address) == 0
        assert files_in(folder) == []

    def test_what_has_arrived_so_far_is_encrypted_too(self, store: BlobStore, folder: Path) -> None:
        store.append(sha256(MARK * 2), 0, MARK)
        assert all(MARK not in path.read_bytes() for path in files_in(folder))


class TestFullDisk:
    @pytest.fixture
    def small_disk(self, tmp_path: Path) -> Iterator[Path]:
        """A real file system of 1 MB, where the kernel lets one be mounted."""
        place = tmp_path / "disk"
        place.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("a disk that is really full needs a small file system, which root alone may mount")
        yield place
        subprocess.run(["umount", str(place)], check=True)

    def test_a_disk_that_is_full_is_said_and_nothing_half_is_left(self, small_disk: Path) -> None:
        store = BlobStore(small_disk / "blobs", KEY)
        kept = store.put(MARK)
        too_large = os.urandom(2 * 1024 * 1024)
        with pytest.raises(StoreFull):
            store.put(too_large)
        assert not store.has(sha256(too_large))
        assert len(files_in(small_disk)) == 1
        assert store.get(kept.sha256) == MARK
        assert store.has(store.put(b"there is room for this one").sha256)

    def test_a_piece_that_finds_no_room_leaves_what_was_acknowledged(self, small_disk: Path) -> None:
        store = BlobStore(small_disk / "blobs", KEY)
        content = os.urandom(2 * 1024 * 1024)
        address = sha256(content)
        at = store.append(address, 0, content[: 300 * 1024])
        with pytest.raises(StoreFull):
            store.append(address, at, content[at:])
        assert store.offset(address) == at

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
    def test_a_full_disk_is_the_domain_s_error_wherever_it_shows(
        self, store: BlobStore, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        """The same without root: the call that makes the bytes durable fails as the kernel's would."""
        _no_room(monkeypatch, number)
        with pytest.raises(StoreFull) as full:
            store.put(MARK)
        assert full.value.kind is Kind.STORAGE_FULL
        with pytest.raises(StoreFull):
            store.append(sha256(MARK), 0, MARK)
        monkeypatch.undo()
        assert files_in(folder) == []
        assert store.offset(sha256(MARK)) == 0
        assert not store.has(sha256(MARK))

    def test_another_trouble_of_the_disk_is_not_called_full(
        self, store: BlobStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _no_room(monkeypatch, errno.EIO)
        with pytest.raises(OSError, match="simulated"):
            store.put(MARK)

    def test_a_piece_is_taken_back_where_its_last_step_fails(
        self, store: BlobStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address = sha256(MARK)
        store.append(address, 0, MARK[:5])
        _no_room(monkeypatch, errno.ENOSPC)
        with pytest.raises(StoreFull):
            store.append(address, 5, MARK[5:])
        monkeypatch.undo()
        assert store.offset(address) == 5
        store.append(address, 5, MARK[5:])
        assert store.complete(address, len(MARK)).sha256 == address


def _no_room(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def failing(_descriptor: int) -> None:
        raise OSError(number, "simulated")

    monkeypatch.setattr(os, "fsync", failing)
