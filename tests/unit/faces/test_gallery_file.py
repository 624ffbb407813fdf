"""Encrypted files of galleries: whatever happens to one, the gallery is what the rows say."""

import errno
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crossing.faces.gallery.file import SEGMENT_ROWS, GalleryFile
from crossing.faces.gallery.opening import Galleries
from crossing.faces.gallery.search import Entry
from crossing.platform.files import FolderInUse
from crossing.platform.ids import new_id
from tests.factories.galleries import (
    DIMENSION,
    KEY,
    MADE_BY,
    Rows,
    contents,
    contents_of,
    entry,
    gallery_files,
    template,
)

SEVERAL = 3 * SEGMENT_ROWS + 5


def several_rows(count: int = SEVERAL) -> Rows:
    return Rows(entry(number) for number in range(1, count + 1))


def open_once(folder: Path, rows: Rows, key: bytes = KEY) -> dict[bytes, bytes]:
    """Open, look, close."""
    galleries = Galleries(folder, key)
    try:
        return contents(rows.open_in(galleries))
    finally:
        galleries.close()


def test_a_start_reads_the_file_and_no_row(tmp_path: Path) -> None:
    rows = several_rows()
    open_once(tmp_path, rows)
    rows.fetched = 0
    assert open_once(tmp_path, rows) == contents_of(rows)
    assert rows.fetched == 0


def test_rows_that_came_and_went_while_nobody_looked_are_mended(tmp_path: Path) -> None:
    rows = several_rows()
    open_once(tmp_path, rows)
    rows.fetched = 0
    del rows.held[UUID(int=3)], rows.held[UUID(int=SEVERAL)]
    for number in (1001, 1002, 1003):
        rows.held[UUID(int=number)] = entry(number)
    assert open_once(tmp_path, rows) == contents_of(rows)
    assert rows.fetched == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:100],
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
        lambda content: bytes([content[0] ^ 1]) + content[1:],
        lambda content: content[:40] + bytes(40) + content[80:],
        lambda content: content + content[4096:],
        lambda content: content + b"more",
        lambda content: content[:4096],
        lambda content: content[:4096] + content[8192:12288] + content[4096:8192] + content[12288:],
    ],
    ids=[
        *("empty", "header cut", "half", "last byte cut", "bit flipped", "other magic", "no key"),
        *("doubled", "more at the end", "header only", "swapped"),
    ],
)
def test_a_damaged_file_is_noticed_and_mended(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    rows = several_rows()
    open_once(tmp_path, rows)
    [file] = gallery_files(tmp_path)
    file.write_bytes(damage(file.read_bytes()))
    assert open_once(tmp_path, rows) == contents_of(rows)
    rows.fetched = 0
    assert open_once(tmp_path, rows) == contents_of(rows)
    assert rows.fetched == 0, "what was mended is in the file again"


@given(data=st.data())
@hypothesis_settings(max_examples=40)
def test_no_byte_can_be_changed_and_nothing_cut_off_without_being_noticed(data: st.DataObject) -> None:
    rows = several_rows(SEGMENT_ROWS + 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_once(folder, rows)
        [file] = gallery_files(folder)
        content = bytearray(file.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] ^= data.draw(st.integers(1, 255))
        else:
            del content[at:]
        file.write_bytes(content)
        assert open_once(folder, rows) == contents_of(rows)


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    rows = several_rows()
    open_once(tmp_path, rows)
    rows.fetched = 0
    assert open_once(tmp_path, rows, key=bytes(32)) == contents_of(rows)
    assert rows.fetched == SEVERAL


def test_a_file_serves_the_gallery_and_engine_it_was_made_for_and_no_other(tmp_path: Path) -> None:
    rows = several_rows()
    galleries = Galleries(tmp_path, KEY)
    rows.open_in(galleries, "recent")
    rows.open_in(galleries, "another")
    galleries.close()
    first, second = gallery_files(tmp_path)
    shutil.copy(first, second)
    rows.fetched = 0
    galleries = Galleries(tmp_path, KEY)
    for name in ("recent", "another"):
        assert contents(rows.open_in(galleries, name)) == contents_of(rows)
    galleries.close()
    assert rows.fetched == SEVERAL


def test_no_vector_and_no_id_can_be_read_in_the_file(tmp_path: Path) -> None:
    rows = Rows(Entry(new_id(), new_id(), template(seed)) for seed in range(SEVERAL))
    open_once(tmp_path, rows)
    [file] = gallery_files(tmp_path)
    content = file.read_bytes()
    for one in rows.held.values():
        assert not any(part in content for part in (one.template_id.bytes, one.subject_id.bytes))
        assert one.template.to_bytes()[:8] not in content


def everything_decrypted(file: Path) -> bytes:
    """The plain text of every segment that the file's key opens, wherever it was written."""
    context = f'["recent", "{MADE_BY[0]}", "{MADE_BY[1]}", "{MADE_BY[2]}"]'.encode()
    opened = GalleryFile.open(file, KEY, context, DIMENSION)
    try:
        return b"".join(part.tobytes() for segment in opened.read() if segment for part in segment)
    finally:
        opened.close()


@pytest.mark.parametrize("number", [1, SEGMENT_ROWS, SEGMENT_ROWS + 1, SEVERAL - 1, SEVERAL])
def test_what_is_removed_is_nowhere_in_the_file_any_more(tmp_path: Path, number: int) -> None:
    rows = several_rows()
    galleries = Galleries(tmp_path, KEY)
    gallery = rows.open_in(galleries)
    [file] = gallery_files(tmp_path)
    gone, before = entry(number), file.read_bytes()
    assert gone.template.to_bytes() in everything_decrypted(file)
    gallery.remove(gone.template_id)
    decrypted, after = everything_decrypted(file), file.read_bytes()
    galleries.close()
    assert gone.template.to_bytes() not in decrypted
    assert gone.template_id.bytes not in decrypted
    # Nor is the old cipher text left, which the file's key would still open.
    segment = (number - 1) // SEGMENT_ROWS
    size = (len(before) - 4096) // 4
    old = before[4096 + segment * size :][:size]
    assert old[:64] not in after


def test_a_gallery_that_shrinks_gives_its_room_back(tmp_path: Path) -> None:
    rows = several_rows()
    galleries = Galleries(tmp_path, KEY)
    gallery = rows.open_in(galleries)
    [file] = gallery_files(tmp_path)
    gallery.remove_all(list(rows.held))
    galleries.close()
    assert file.stat().st_size == 4096


def test_a_deleted_gallery_leaves_no_key_behind(tmp_path: Path) -> None:
    rows = several_rows()
    galleries = Galleries(tmp_path, KEY)
    rows.open_in(galleries, "list/NAT")
    rows.open_in(galleries, "list/OLD")
    rows.open_in(galleries, "recent")
    [_, old, _] = gallery_files(tmp_path)
    link = tmp_path / "what the disk keeps"
    link.hardlink_to(old)
    galleries.keep_only("list/", ["list/NAT"], MADE_BY)
    assert [path.name.split(".")[0] for path in gallery_files(tmp_path)] == ["list%2FNAT", "recent"]
    assert link.read_bytes()[:4096] == bytes(4096)
    galleries.close()


def test_two_engines_lie_side_by_side_until_one_is_kept(tmp_path: Path) -> None:
    rows, other = several_rows(), ("trial", "2", "cosine")
    of_other = Rows(entry(number, made_by=other) for number in range(2000, 2010))
    galleries = Galleries(tmp_path, KEY)
    serving = rows.open_in(galleries)
    wanted = of_other.open_in(galleries, made_by=other)
    assert (len(serving), len(wanted)) == (SEVERAL, 10)
    galleries.keep_only("recent", ["recent"], other)
    assert len(gallery_files(tmp_path)) == 1
    # Whoever still searches in the old one may go on; it writes nothing any more.
    assert serving.search(template(5), threshold=0.99, limit=1)[0].subject_id == UUID(int=5)
    serving.add(entry(3000))
    galleries.close()
    assert len(gallery_files(tmp_path)) == 1


def test_an_open_gallery_is_brought_up_to_the_rows_and_stays_the_same(tmp_path: Path) -> None:
    rows = several_rows()
    galleries = Galleries(tmp_path, KEY)
    first = rows.open_in(galleries)
    del rows.held[UUID(int=8)]
    second = rows.open_in(galleries)
    assert second is first
    assert contents(second) == contents_of(rows)
    galleries.close()


def test_one_process_has_the_folder(tmp_path: Path) -> None:
    galleries = Galleries(tmp_path, KEY)
    with pytest.raises(FolderInUse):
        Galleries(tmp_path, KEY)
    galleries.close()
    Galleries(tmp_path, KEY).close()


def test_a_disk_that_refuses_stops_no_search_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = several_rows()
    galleries = Galleries(tmp_path, KEY)
    gallery = rows.open_in(galleries)
    [file] = gallery_files(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(GalleryFile, "write", full)
        gallery.remove(UUID(int=2))
        gallery.add(entry(4000))
    assert gallery.search(template(4000), threshold=0.99, limit=1)
    assert entry(2).key in everything_decrypted(file)
    gallery.add(entry(4001))
    assert entry(2).key not in everything_decrypted(file)
    galleries.close()


def test_where_no_file_can_be_made_the_gallery_works_in_memory_and_each_change_tries_again(tmp_path: Path) -> None:
    rows = several_rows()
    galleries = Galleries(tmp_path, KEY)
    path = galleries._path("recent", MADE_BY)
    path.mkdir()
    gallery = rows.open_in(galleries)
    assert contents(gallery) == contents_of(rows)
    path.rmdir()
    rows.held[UUID(int=4000)] = entry(4000)
    gallery.add(entry(4000))
    galleries.close()
    rows.fetched = 0
    assert open_once(tmp_path, rows) == contents_of(rows)
    assert rows.fetched == 0


def test_a_file_that_could_not_be_read_is_written_over_with_the_next_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = several_rows()
    open_once(tmp_path, rows)
    [file] = gallery_files(tmp_path)
    gone = rows.held.pop(UUID(int=2))

    def broken(_: GalleryFile) -> Iterator[None]:
        yield None
        raise OSError(errno.EIO, "input/output error")

    galleries = Galleries(tmp_path, KEY)
    before = descriptors_of(file)
    with monkeypatch.context() as patched:
        patched.setattr(GalleryFile, "read", broken)
        patched.setattr(GalleryFile, "write", broken_write)
        gallery = rows.open_in(galleries)
    assert descriptors_of(file) <= before + 1
    assert contents(gallery) == contents_of(rows)
    gallery.remove(UUID(int=3))
    assert not {gone.key, entry(3).key} & {*keys_in(file)}
    galleries.close()
    assert descriptors_of(file) == before


def broken_write(*_: object) -> None:
    raise OSError(errno.EIO, "input/output error")


def descriptors_of(file: Path) -> int:
    """How often this process has ``file`` open."""
    opened = Path("/proc/self/fd")
    return sum(one.is_symlink() and one.readlink() == file for one in opened.iterdir())


def keys_in(file: Path) -> list[bytes]:
    decrypted = everything_decrypted(file)
    return [entry(number).key for number in range(1, SEVERAL + 1) if entry(number).key in decrypted]


def test_a_gallery_without_a_file_goes_with_the_others(tmp_path: Path) -> None:
    rows = several_rows(3)
    galleries = Galleries(tmp_path, KEY)
    path = galleries._path("list/OLD", MADE_BY)
    path.mkdir()
    rows.open_in(galleries, "list/OLD")
    path.rmdir()
    galleries.keep_only("list/", [], MADE_BY)
    galleries.close()
    assert gallery_files(tmp_path) == []


def test_each_write_has_a_nonce_of_its_own(tmp_path: Path) -> None:
    rows = several_rows(3)
    nonces = set()
    galleries = Galleries(tmp_path, KEY)
    gallery = rows.open_in(galleries)
    [file] = gallery_files(tmp_path)
    for _ in range(50):
        gallery.add(entry(1))
        nonces.add(file.read_bytes()[4096:4108])
    galleries.close()
    assert len(nonces) == 50


class AGalleryAndItsFile(RuleBasedStateMachine):
    """Adding, removing, closing, losing rows behind the gallery's back, damage: it holds what the rows hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.rows = Rows()
        self.galleries = Galleries(Path(self.folder.name), KEY)
        self.gallery = self.rows.open_in(self.galleries)

    def teardown(self) -> None:
        self.galleries.close()
        self.folder.cleanup()

    @rule(number=st.integers(1, 400), seed=st.integers(0, 50))
    def add(self, number: int, seed: int) -> None:
        # A row is never changed: an id stands for one template for ever.
        one = self.rows.held.setdefault(UUID(int=number), entry(number, seed=seed))
        self.gallery.add(one)

    @rule(first=st.integers(1, 400), count=st.integers(1, 150))
    def add_many(self, first: int, count: int) -> None:
        more = [self.rows.held.setdefault(UUID(int=one), entry(one)) for one in range(first, first + count)]
        self.gallery.extend(more)

    @rule(first=st.integers(1, 400), count=st.integers(1, 100))
    def remove(self, first: int, count: int) -> None:
        gone = [UUID(int=one) for one in range(first, first + count)]
        there = [one for one in gone if self.rows.held.pop(one, None)]
        assert self.gallery.remove_all(gone) == len(there)

    @rule(lost=st.sets(st.integers(1, 400), max_size=5))
    def restart(self, lost: set[int]) -> None:
        self.galleries.close()
        for number in lost:
            self.rows.held.pop(UUID(int=number), None)
        self.galleries = Galleries(Path(self.folder.name), KEY)
        self.gallery = self.rows.open_in(self.galleries)

    @rule(share=st.floats(0, 1), cut=st.booleans())
    def damage(self, share: float, cut: bool) -> None:
        self.galleries.close()
        [file] = gallery_files(Path(self.folder.name))
        content = bytearray(file.read_bytes())
        at = min(len(content) - 1, int(share * len(content)))
        if cut:
            del content[at:]
        else:
            content[at] ^= 0xFF
        file.write_bytes(content)
        self.galleries = Galleries(Path(self.folder.name), KEY)
        self.gallery = self.rows.open_in(self.galleries)

    @invariant()
    def holds_what_the_rows_hold(self) -> None:
        assert contents(self.gallery) == contents_of(self.rows)


AGalleryAndItsFile.TestCase.settings = hypothesis_settings(max_examples=25, stateful_step_count=20)
TestAGalleryAndItsFile = AGalleryAndItsFile.TestCase
