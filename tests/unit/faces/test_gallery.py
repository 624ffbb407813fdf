"""Exact search in memory."""

import threading
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crossing.faces.engines.base import Template, unit
from crossing.faces.errors import EnginesDiffer
from crossing.faces.gallery import Entry, Gallery

MADE_BY = ("trial", "1", "cosine")
DIMENSION = 8


def template(seed: int, made_by: tuple[str, str, str] = MADE_BY) -> Template:
    return Template(*made_by, unit(np.random.default_rng(seed).normal(size=DIMENSION)))


def entry(number: int, *, subject: int | None = None, seed: int | None = None) -> Entry:
    return Entry(
        UUID(int=number), UUID(int=number if subject is None else subject), template(number if seed is None else seed)
    )


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
