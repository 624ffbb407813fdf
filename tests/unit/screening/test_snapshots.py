"""Snapshots of list indexes: what was kept comes back as it was, or not at all."""

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.platform.files import FolderInUse
from crossing.screening import snapshots
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.index import ListedName, NameIndex
from crossing.screening.persons import IndexedPerson, ListedPersons, Orders
from crossing.screening.snapshots import About, Snapshot, Snapshots

KEY = bytes(range(32))
FIRST = About("un_consolidated", 7, "aa" * 64)
NEXT = About("un_consolidated", 8, "bb" * 64)
SURNAMES = ["Diallo", "Traoré", "Keita", "Coulibaly", "Ouédraogo", "محمد", "Sow", "Zongo"]
GIVEN = ["Mamadou", "Fatoumata", "Cheikh Oumar", "Aïcha", "Abdoul Karim"]
KILLS = 12


def birth_of(place: int) -> tuple[ListedBirth, ...]:
    return (ListedBirth.exact(PartialDate(1950 + place % 50, 1 + place % 12, 1 + place % 28)),) if place % 3 else ()


def persons(first: int, end: int) -> list[IndexedPerson]:
    orders = Orders("arrest", "armed", "", "red", None, None)
    return [
        IndexedPerson(
            UUID(int=place + 1), f"N-{place}", SURNAMES[place % 8], birth_of(place), "M", ("MLI",), None, orders
        )
        for place in range(first, end)
    ]


def names(first: int, end: int) -> list[ListedName]:
    return [
        ListedName(place, place % 5 == 0, False, SURNAMES[place % 8], GIVEN[place % 5], birth_of(place))
        for place in range(first, end)
    ]


def made(count: int = 60, *, changed: bool = True) -> Snapshot:
    """Of a list, or of one that has changed since it was read whole."""
    listed, found = ListedPersons.of(persons(0, count)), NameIndex.of(names(0, count))
    if changed:
        for _ in range(2):
            more = listed.room
            listed, found = (
                listed.changed([more // 2], persons(more, more + 2)),
                found.changed([more // 2], names(more, more + 2)),
            )
    return Snapshot(listed, found)


def kept_columns(one: Snapshot) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    return {f"p {name}": values for name, values in one.persons.columns().items()} | {
        f"n {name}": values for name, values in one.names.columns().items()
    }


def assert_same(one: Snapshot, other: Snapshot) -> None:
    mine, theirs = kept_columns(one), kept_columns(other)
    assert list(mine) == list(theirs)
    for name, values in mine.items():
        assert values.dtype == theirs[name].dtype
        assert np.array_equal(values, theirs[name]), name


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(snapshots, "WORTH_KEEPING", 10)
    # Several chunks for the longest columns.
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 2000)
    return tmp_path / "list_indexes"


@pytest.fixture
def kept(folder: Path) -> Snapshot:
    """What the folder has a file of."""
    one = made()
    store = Snapshots(folder, KEY)
    store.keep({FIRST: one})
    store.close()
    return one


def reopened(folder: Path, about: About = FIRST, key: bytes = KEY) -> Snapshot | None:
    store = Snapshots(folder, key)
    found = store.open(about)
    store.close()
    return found


def the_file(folder: Path) -> Path:
    [path] = folder.glob("*.listindex")
    return path


def test_a_changed_list_comes_back_column_for_column(folder: Path, kept: Snapshot) -> None:
    found = reopened(folder)
    assert found is not None
    assert_same(found, kept)
    assert "1/segment/names" in kept.names.columns()
    assert any(name.endswith("/gone") for name in kept.names.columns())


def test_it_answers_as_an_index_made_anew(folder: Path, kept: Snapshot) -> None:
    found = reopened(folder)
    assert found is not None
    assert list(found.persons) == list(kept.persons)
    assert (len(found.names), found.names.total()) == (len(kept.names), kept.names.total())
    for surname in SURNAMES:
        for given_names in GIVEN:
            for birth in (None, PartialDate(1970, 9, 21), PartialDate(1963)):
                asked = (surname, given_names, birth)
                mine = [(one.name, one.alignment) for one in found.names.search(*asked)]
                assert mine == [(one.name, one.alignment) for one in kept.names.search(*asked)]
    # And is changed like one.
    assert len(found.names.changed([0], names(80, 83))) == len(kept.names.changed([0], names(80, 83)))


def test_nothing_of_it_can_be_read_from_the_disk(folder: Path, kept: Snapshot) -> None:
    content = the_file(folder).read_bytes()
    assert b"Diallo" not in content
    assert b"N-1" not in content
    assert the_file(folder).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "other", [NEXT, About("un_consolidated", 7, "cc" * 64), About("un_consolidated", 8, FIRST.signature)]
)
def test_another_version_is_not_taken_for_it(folder: Path, kept: Snapshot, other: About) -> None:
    assert reopened(folder, other) is None


def test_a_file_is_not_lent_to_another_list(folder: Path, kept: Snapshot) -> None:
    the_file(folder).rename(folder / "national.listindex")
    assert reopened(folder, About("national", FIRST.number, FIRST.signature)) is None


def test_another_key_opens_nothing(folder: Path, kept: Snapshot) -> None:
    assert reopened(folder, key=bytes(32)) is None


def test_what_other_code_or_tables_made_is_not_used(
    folder: Path, kept: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "made_by", lambda: "another version")
    assert reopened(folder) is None


def test_what_it_was_made_by_names_the_spelling_tables() -> None:
    """The code that spells and every table of names; one changed byte of any is another fingerprint."""
    read = [path for name in snapshots._MADE_BY for path, _ in snapshots._contents(snapshots.HERE / name, name)]
    assert {"names/spelling.py", "names/knowledge/region.txt", "names/index/segment.py", "persons.py"} <= set(read)
    assert not [path for path in read if "__pycache__" in path]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_a_flipped_byte_a_cut_and_an_addition_are_noticed(folder: Path, kept: Snapshot, data: st.DataObject) -> None:
    path = the_file(folder)
    whole = path.read_bytes()
    place = data.draw(st.integers(0, 63) | st.integers(4096, len(whole) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "add"]))
    changed = bytearray(whole)
    if how == "flip":
        changed[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole[:place] if how == "cut" else whole + b"\0" if how == "add" else bytes(changed))
    try:
        assert reopened(folder) is None
    finally:
        path.write_bytes(whole)


def test_the_next_version_takes_the_place_of_the_last(folder: Path, kept: Snapshot) -> None:
    store = Snapshots(folder, KEY)
    after = made(40)
    store.keep({NEXT: after})
    store.close()
    assert reopened(folder, FIRST) is None
    found = reopened(folder, NEXT)
    assert found is not None
    assert_same(found, after)


def test_what_is_kept_already_is_not_written_again(folder: Path, kept: Snapshot) -> None:
    before = the_file(folder).stat().st_ino
    store = Snapshots(folder, KEY)
    found = store.open(FIRST)
    assert found is not None
    store.keep({FIRST: found})
    store.close()
    assert the_file(folder).stat().st_ino == before


def test_the_file_of_a_list_that_is_gone_or_short_is_deleted(folder: Path, kept: Snapshot) -> None:
    (folder / "un_consolidated.new").write_bytes(b"torn")
    store = Snapshots(folder, KEY)
    store.keep({About("short", 1, ""): made(5, changed=False)})
    store.close()
    assert [path.name for path in folder.iterdir()] == [".lock"]


def test_a_disk_that_refuses_holds_nobody_up(folder: Path) -> None:
    store = Snapshots(folder, KEY)
    # A folder where the file has to be.
    (folder / "un_consolidated.listindex").mkdir()
    store.keep({FIRST: made()})
    assert store.open(FIRST) is None
    (folder / "un_consolidated.listindex").rmdir()
    store.keep({FIRST: made()})
    assert store.open(FIRST) is not None
    store.close()


def test_one_process_has_the_folder(folder: Path) -> None:
    store = Snapshots(folder, KEY)
    with pytest.raises(FolderInUse):
        Snapshots(folder, KEY)
    store.close()


def _write_without_end(folder: Path, versions: list[tuple[About, Snapshot]]) -> None:
    store = Snapshots(folder, KEY)
    while True:
        for about, one in versions:
            store.keep({about: one})
            # While it is being written there is none: so that kills meet a whole one too.
            time.sleep(0.02)


def test_a_kill_at_any_moment_leaves_a_version_or_nothing(folder: Path) -> None:
    chance = random.Random(4)
    versions = [(FIRST, made()), (NEXT, made(90))]
    forked = multiprocessing.get_context("fork")
    found: list[About] = []
    for _ in range(KILLS):
        writing = forked.Process(target=_write_without_end, args=(folder, versions))
        writing.start()
        time.sleep(chance.uniform(0.01, 0.12))
        assert writing.pid is not None
        os.kill(writing.pid, signal.SIGKILL)
        writing.join()
        for about, one in versions:
            left = reopened(folder, about)
            if left is not None:
                assert_same(left, one)
                found.append(about)
    # Some of the kills came after the first file was whole.
    assert found
