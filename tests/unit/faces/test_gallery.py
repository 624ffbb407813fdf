"""Exact search in memory."""

import threading
import tracemalloc
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crossing.faces.engines.base import Template
from crossing.faces.errors import EnginesDiffer
from crossing.faces.gallery.rows import BLOCK_ROWS, ROUNDING, _sketched, keys_of
from crossing.faces.gallery.search import Entry, Found, Gallery
from crossing.platform.ids import new_id
from tests.factories.galleries import DIMENSION, MADE_BY, entry, template


def gallery_of(*entries: Entry) -> Gallery:
    gallery = Gallery(MADE_BY, DIMENSION)
    for one in entries:
        gallery.add(one)
    return gallery


def test_a_face_in_the_gallery_finds_itself_first() -> None:
    gallery = gallery_of(*(entry(number) for number in range(600)))
    found = gallery.search(template(421), threshold=-1, limit=3)
    assert found[0].subject_id == UUID(int=421)
    assert found[0].score == pytest.approx(1)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_nobody_below_the_threshold_is_named() -> None:
    gallery = gallery_of(*(entry(number) for number in range(50)))
    assert all(one.score >= 0.5 for one in gallery.search(template(3), threshold=0.5, limit=50))


def test_a_subject_with_several_templates_is_named_once_by_the_best() -> None:
    gallery = gallery_of(entry(1, subject=9, seed=5), entry(2, subject=9, seed=6), entry(3, seed=7))
    found = gallery.search(template(6), threshold=-1, limit=10)
    assert (found[0].subject_id.int, found[0].template_id.int) == (9, 2)
    assert len(found) == 2


def test_an_empty_gallery_names_nobody() -> None:
    assert gallery_of().search(template(1), threshold=-1, limit=5) == ()


def test_a_template_added_again_takes_the_place_of_the_first() -> None:
    gallery = gallery_of(entry(1, seed=1), entry(1, seed=2))
    assert len(gallery) == 1
    assert gallery.search(template(2), threshold=0.99, limit=1)[0].template_id == UUID(int=1)


def test_removing_what_is_not_there_says_so() -> None:
    assert gallery_of(entry(1)).remove(UUID(int=2)) is False


def test_templates_of_another_engine_are_neither_taken_in_nor_searched_for() -> None:
    gallery = gallery_of(entry(1))
    stranger = template(1, ("trial", "2", "cosine"))
    with pytest.raises(EnginesDiffer):
        gallery.add(Entry(UUID(int=2), UUID(int=2), stranger))
    with pytest.raises(EnginesDiffer):
        gallery.search(stranger, threshold=0, limit=1)


@given(
    numbers=st.lists(st.integers(0, 40), max_size=30, unique=True),
    probe=st.integers(0, 40),
    threshold=st.floats(-1, 1),
    limit=st.integers(1, 10),
)
def test_the_answer_is_that_of_comparing_with_each(
    numbers: list[int], probe: int, threshold: float, limit: int
) -> None:
    gallery = gallery_of(*(entry(number) for number in numbers))
    asked = template(probe)
    scores = {number: float(template(number).vector @ asked.vector) for number in numbers}
    expected = sorted((number for number in numbers if scores[number] >= threshold), key=lambda n: -scores[n])[:limit]
    found = gallery.search(asked, threshold=threshold, limit=limit)
    assert [one.score for one in found] == pytest.approx([scores[number] for number in expected], abs=1e-5)


WIDE = 40
"""No whole number of lines of 64 bytes."""

CROWD = 3 * BLOCK_ROWS + 100


@pytest.fixture(scope="module")
def crowd() -> tuple[Gallery, np.ndarray, np.ndarray]:
    """A gallery of several blocks whose templates vary along few directions, as real ones do; every tenth is that of
    the one before it, and every third is of the same subject as the one before."""
    random = np.random.default_rng(7)
    vectors = 2 * random.normal(size=WIDE) + random.normal(size=(CROWD, WIDE)) * np.geomspace(3, 0.05, WIDE)
    vectors[10::10] = vectors[9:-1:10]
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    subjects = np.arange(CROWD)
    subjects[3::3] -= 1
    gallery = Gallery(MADE_BY, WIDE)
    for start in range(0, CROWD, 10_000):
        gallery.extend(
            Entry(UUID(int=row + 1), UUID(int=int(subjects[row]) + 1), Template(*MADE_BY, vectors[row].copy()))
            for row in range(start, min(CROWD, start + 10_000))
        )
    return gallery, vectors, subjects


def compared_with_each(
    vectors: np.ndarray, subjects: np.ndarray, probe: np.ndarray, threshold: float, limit: int
) -> list[Found]:
    scores = np.einsum("ij,j->i", vectors, probe)
    best: dict[int, Found] = {}
    for row in np.argsort(-scores, kind="stable"):
        if scores[row] < threshold or len(best) == limit:
            break
        subject = int(subjects[row]) + 1
        best.setdefault(subject, Found(UUID(int=int(row) + 1), UUID(int=subject), float(scores[row])))
    return list(best.values())


@given(row=st.integers(0, CROWD - 1), away=st.floats(0, 1), threshold=st.floats(-1, 1), limit=st.integers(1, 40))
@hypothesis_settings(max_examples=60)
def test_ruling_rows_out_changes_no_answer(
    crowd: tuple[Gallery, np.ndarray, np.ndarray], row: int, away: float, threshold: float, limit: int
) -> None:
    gallery, vectors, subjects = crowd
    elsewhere = np.random.default_rng(row).normal(size=WIDE).astype(np.float32)
    probe = vectors[row] + np.float32(away) * elsewhere
    asked = Template(*MADE_BY, probe / np.linalg.norm(probe))
    found = gallery.search(asked, threshold=threshold, limit=limit)
    assert list(found) == compared_with_each(vectors, subjects, asked.vector, threshold, limit)


@pytest.mark.parametrize("row", [0, 9, 10, BLOCK_ROWS - 1, BLOCK_ROWS, CROWD - 1])
def test_a_threshold_that_is_just_reached_is_reached(crowd: tuple[Gallery, np.ndarray, np.ndarray], row: int) -> None:
    gallery, vectors, subjects = crowd
    asked = Template(*MADE_BY, vectors[(row + 5) % CROWD].copy())
    scores = np.einsum("ij,j->i", vectors, asked.vector)
    threshold = float(scores[row])
    found = gallery.search(asked, threshold=threshold, limit=CROWD)
    assert {one.subject_id.int - 1 for one in found} == set(subjects[scores >= threshold].tolist())


def test_no_bound_is_below_the_score_and_most_are_below_a_high_threshold(
    crowd: tuple[Gallery, np.ndarray, np.ndarray],
) -> None:
    gallery, vectors, _ = crowd
    rows = gallery._rows
    assert rows._basis is not None
    probe = np.zeros((1, rows._width), np.float32)
    probe[0, :WIDE] = vectors[77]
    short = _sketched(probe, rows._basis)[0]
    bounds = np.concatenate([block.sketches @ short for block in rows._blocks if block.sketches is not None])[:CROWD]
    assert np.all(bounds >= vectors @ vectors[77] - ROUNDING)
    assert np.mean(bounds >= 0.95) < 0.2


def test_many_that_go_at_once_leave_the_others_whole() -> None:
    everybody = [entry(number) for number in range(1, 301)]
    gallery = gallery_of(*everybody)
    gone = everybody[::3]
    assert gallery.remove_all([one.template_id for one in gone] + [new_id()]) == len(gone)
    left = gallery.keys()
    assert {key.tobytes() for key in left} == {one.key for one in everybody if one not in gone}


@pytest.mark.parametrize("others", [1, 20])
def test_who_is_named_twice_goes_once_and_nobody_else(others: int) -> None:
    gallery = gallery_of(*(entry(number) for number in range(1, 41)))
    named = [*(UUID(int=number) for number in range(1, 1 + others)), UUID(int=1)]
    assert gallery.remove_all(named) == others
    left = gallery.keys()
    assert {key.tobytes() for key in left} == {entry(number).key for number in range(1 + others, 41)}


def test_what_was_removed_is_overwritten_in_memory() -> None:
    gallery = gallery_of(*(entry(number) for number in range(1, 20)))
    gone = entry(7)
    gallery.remove(gone.template_id)
    [block] = gallery._rows._blocks
    assert gone.template.to_bytes() not in block.vectors[:32, :DIMENSION].tobytes()
    assert gone.key not in block.keys[:32].tobytes()


def test_a_million_entries_cost_no_object_each() -> None:
    gallery = Gallery(MADE_BY, DIMENSION)
    count = 50_000
    vectors = np.random.default_rng(1).normal(size=(count, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keys = keys_of(np.random.default_rng(2).bytes(32 * count))
    tracemalloc.start()
    try:
        gallery.load([(keys, vectors)])
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(gallery) == count
    assert kept < 2 * count, "bytes of Python objects"


class GalleryLikeADictionary(RuleBasedStateMachine):
    """Whatever is added and removed, the gallery holds what a dictionary would."""

    def __init__(self) -> None:
        super().__init__()
        self.gallery = gallery_of()
        self.held: dict[int, int] = {}

    @rule(number=st.integers(0, 12), seed=st.integers(0, 30))
    def add(self, number: int, seed: int) -> None:
        self.gallery.add(entry(number, seed=seed))
        self.held[number] = seed

    @rule(number=st.integers(0, 12))
    def remove(self, number: int) -> None:
        assert self.gallery.remove(UUID(int=number)) == (self.held.pop(number, None) is not None)

    @invariant()
    def holds_the_same(self) -> None:
        assert len(self.gallery) == len(self.held)
        for number, seed in self.held.items():
            same = self.gallery.search(template(seed), threshold=0.999, limit=20)
            assert UUID(int=number) in {one.template_id for one in same}


GalleryLikeADictionary.TestCase.settings = hypothesis_settings(max_examples=20, stateful_step_count=20)
TestGalleryLikeADictionary = GalleryLikeADictionary.TestCase


def test_searches_while_entries_come_and_go_see_a_whole_state() -> None:
    gallery = gallery_of(*(entry(number) for number in range(20)))
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            for number in range(20, 300):
                gallery.add(entry(number))
            for number in range(20, 300):
                gallery.remove(UUID(int=number))

    writer = threading.Thread(target=come_and_go)
    writer.start()
    try:
        for _ in range(200):
            for number in (0, 19):
                best = gallery.search(template(number), threshold=0.5, limit=1)[0]
                assert (best.subject_id, round(best.score, 4)) == (UUID(int=number), 1.0)
    finally:
        stop.set()
        writer.join()
