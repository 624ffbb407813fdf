"""How labelled images are laid out, and what is said of those that are not."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.faces.evaluation.collection import (
    PAIRS_PER_PERSON,
    Unusable,
    every_pair,
    read_collection,
    read_groups,
    read_pairs,
)
from tests.unit.faces.evaluation import made_up

TWO = made_up.collection([2, 2])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Awa/1.jpg", "Awa/2.JPEG", "Awa/3.png", "Issa/1.TIF", "Issa/2.webp", "Sita/1.bmp"):
        _touch(tmp_path / "images" / name)
    return tmp_path / "images"


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def _csv(folder: Path, text: str) -> Path:
    file = folder.parent / "list.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_image_belongs_to_the_person_whose_folder_it_is_in(folder: Path) -> None:
    collection = read_collection(folder)
    assert collection.persons == ("Awa", "Issa", "Sita")
    assert [collection.persons[person] for person in collection.person_of] == ["Awa"] * 3 + ["Issa"] * 2 + ["Sita"]


@pytest.mark.parametrize("name", ["Awa/notes.txt", "Awa/._1.jpg", ".trash/9.jpg", "nobody.jpg"])
def test_what_is_no_image_of_a_person_is_not_counted(folder: Path, name: str) -> None:
    _touch(folder / name)
    assert len(read_collection(folder).paths) == 6


def test_a_folder_that_is_called_like_an_image_is_none(folder: Path) -> None:
    (folder / "Awa" / "folder.jpg").mkdir()
    assert len(read_collection(folder).paths) == 6


def test_fewer_than_two_persons_cannot_be_measured(tmp_path: Path) -> None:
    _touch(tmp_path / "Awa" / "1.jpg")
    with pytest.raises(Unusable, match="two or more"):
        read_collection(tmp_path)
    with pytest.raises(Unusable, match="no folder"):
        read_collection(tmp_path / "absent")


def test_genuine_pairs_are_the_lines_that_say_so(folder: Path) -> None:
    lines = "1,Awa/1.jpg,Awa/2.JPEG,1\n1,Awa/1.jpg,Issa/1.TIF,0\n2,Awa/2.JPEG,Awa/1.jpg,1\n2,Awa/1.jpg,Awa/9.jpg,1\n"
    pairs = read_pairs(_csv(folder, "\ufefffold,a,b,same\n" + lines), read_collection(folder))
    assert pairs.genuine.tolist() == [[0, 1]]
    assert (pairs.lines, pairs.absent) == (4, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fold,a,b\n1,Awa/1.jpg,Awa/2.JPEG\n", "no column same"),
        ("a,b,same\nAwa/1.jpg,Issa/1.TIF,1\n", "line 2"),
        ("a,b,same\nAwa/1.jpg,Awa/1.jpg,1\n", "line 2"),
        ("a,b,same\nAwa/1.jpg,Awa/2.JPEG,yes\n", "must be 1 or 0"),
        ("a,b,same\nAwa/1.jpg,Awa/2.JPEG,0\n", "no genuine pair"),
        ("a,b,same\nx,y,1\n", "no genuine pair"),
        ("a,b,same\nAwa/1.jpg\n", "must be 1 or 0"),
    ],
)
def test_a_list_of_pairs_that_cannot_be_is_refused_with_a_sentence(folder: Path, text: str, said: str) -> None:
    with pytest.raises(Unusable, match=said):
        read_pairs(_csv(folder, text), read_collection(folder))


def test_a_file_that_is_no_csv_is_refused(folder: Path) -> None:
    broken = folder.parent / "broken.csv"
    broken.write_bytes(b"a,b,same\n\xff\xfe\n")
    for file in (broken, folder.parent / "absent.csv"):
        with pytest.raises(Unusable, match="cannot be read"):
            read_pairs(file, read_collection(folder))


def test_without_a_list_every_pair_is_taken_but_no_person_dominates(folder: Path) -> None:
    of = made_up.collection([50, 2, 1, 4])
    pairs = every_pair(of)
    per_person = [int((of.person_of[pairs.genuine[:, 0]] == person).sum()) for person in range(4)]
    assert per_person == [PAIRS_PER_PERSON, 1, 0, 6]
    assert (of.person_of[pairs.genuine[:, 0]] == of.person_of[pairs.genuine[:, 1]]).all()
    assert (every_pair(of).genuine == pairs.genuine).all()


def test_a_folder_in_which_everybody_has_one_image_has_no_genuine_pair() -> None:
    with pytest.raises(Unusable, match="two images"):
        every_pair(made_up.collection([1, 1, 1]))


def test_each_column_of_the_groups_parts_the_persons_in_its_own_way(folder: Path) -> None:
    lines = "identity,sex,age\nAwa,F,20-39\nIssa,M,\nnobody,M,60\n"
    sex, age = read_groups(_csv(folder, lines), read_collection(folder))
    assert (sex.column, sex.names, sex.group_of.tolist()) == ("sex", ("F", "M"), [0, 1, -1])
    assert (age.column, age.names, age.group_of.tolist()) == ("age", ("20-39",), [0, -1, -1])


def test_an_empty_column_at_the_end_is_no_grouping(folder: Path) -> None:
    (sex,) = read_groups(_csv(folder, "identity,sex,\nAwa,F,\nIssa,M,\n"), read_collection(folder))
    assert sex.column == "sex"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("person,sex\nAwa,F\n", "no column identity"),
        ("identity,sex\nAwa,F\nAwa,M\n", "line 3"),
        ("identity,sex\nnobody,F\n", "puts nobody"),
        ("identity\nAwa\n", "puts nobody"),
        ("identity,sex,\nAwa,F,x\n", "line 2: a group stands in a column that has no name"),
    ],
)
def test_groups_that_cannot_be_are_refused_with_a_sentence(folder: Path, text: str, said: str) -> None:
    with pytest.raises(Unusable, match=said):
        read_groups(_csv(folder, text), read_collection(folder))


@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_text(text, encoding="utf-8", errors="replace")
    for read in (read_pairs, read_groups):
        with suppress(Unusable):
            read(file, TWO)
