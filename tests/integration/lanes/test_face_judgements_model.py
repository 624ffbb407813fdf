"""Photographs, words and decisions in any order, beside a model that is a few lines long."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossing.decisions.errors import FacesUncompared, SecondLineNeeded
from crossing.faces.schemas import Judgement
from crossing.lanes.examination import Pictures
from crossing.lanes.schemas import FaceQuestion, FieldSource, Identity, ImageKind, SessionState
from crossing.movements.schemas import CrossingCase, Person
from crossing.screening.cli import folder_loader
from tests.factories.screening.lists import csv_of, order, person
from tests.integration.lanes.drawn import NOBODY, page
from tests.integration.lanes.world import OFFICER, World

LISTED: Final = {3: "M-3", 4: "M-4"}
"""The faces on the list, and under which reference."""

AWA = Identity(case=CrossingCase.NO_DOCUMENT, person=Person(surname="Koné", given_names="Awa", birth_date="1987"))

Pair = tuple[str, str]
"""A live picture and the reference of the entry that it is like."""

photographs = st.tuples(st.just("photograph"), st.sampled_from([1, 3, 4, NOBODY]), st.none())
words = st.tuples(st.just("judge"), st.integers(0, 2), st.sampled_from(Judgement))
decisions = st.tuples(st.just("decide"), st.none(), st.none())


@dataclass
class Model:
    """Who was found in which photograph, and every word on each such pair."""

    found: set[Pair] = field(default_factory=set)
    said: dict[Pair, list[Judgement]] = field(default_factory=dict)
    answered: list[FaceQuestion] = field(default_factory=list)

    def take(self, live: str, face: int) -> None:
        if face in LISTED:
            self.found.add((live, LISTED[face]))

    def say(self, asked: FaceQuestion, judged: Judgement) -> None:
        words = self.said.setdefault(pair_of(asked), [])
        if words[-1:] != [judged]:
            words.append(judged)
        if asked not in self.answered:
            self.answered.append(asked)

    def words_on(self, asked: FaceQuestion) -> int:
        return len(self.said.get(pair_of(asked), []))

    @property
    def words(self) -> int:
        return sum(map(len, self.said.values()))

    def asked(self) -> set[Pair]:
        return self.found - set(self.said)

    def stands(self) -> set[Pair]:
        return {pair for pair, words in self.said.items() if words[-1] is not Judgement.OTHER}


def pair_of(asked: FaceQuestion) -> Pair:
    return asked.live_sha256, asked.reference


@pytest.fixture
def post(world: World, tmp_path: Path) -> World:
    folder = tmp_path / "portraits"
    folder.mkdir()
    for face in LISTED:
        (folder / f"{face}.png").write_bytes(page((), face).content)
    rows = [person(reference, "Soumare", portrait=f"{face}.png") for face, reference in LISTED.items()]
    world.app.state.lists.import_list(order(csv_of(*rows), portraits=folder_loader(folder)))
    return world


def photograph(post: World, session_id: UUID, model: Model, face: int) -> None:
    post.pipeline.take(session_id, Pictures(live=page((), face)), officer=OFFICER)
    model.take(post.view(session_id).images[ImageKind.LIVE], face)


def judge(post: World, session_id: UUID, model: Model, at: int, judged: Judgement) -> None:
    """Answer a question, or change the word on one that was answered, whatever has been photographed since."""
    answerable = [*model.answered, *post.view(session_id).faces_to_compare]
    if answerable:
        one = answerable[at % len(answerable)]
        post.say(session_id, one, judged, words_seen=model.words_on(one), note="Looked again.")
        model.say(one, judged)


def decide(post: World, session_id: UUID, model: Model) -> None:
    if model.stands() or model.asked():
        with pytest.raises(SecondLineNeeded if model.stands() else FacesUncompared):
            post.decide(session_id)
    else:
        movement = post.decide(session_id)
        assert len(movement.known_at_decision.judgements) == model.words


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.one_of(photographs, words, words, decisions), max_size=8))
def test_only_a_word_alerts_only_a_word_clears_and_no_photograph_does_either(
    post: World, steps: list[tuple[str, int, Judgement]]
) -> None:
    model, session_id = Model(), post.step_up()
    post.pipeline.declare(session_id, AWA, source=FieldSource.DECLARED, officer=OFFICER)
    for what, which, judged in steps:
        if what == "photograph":
            photograph(post, session_id, model, which)
        elif what == "judge":
            judge(post, session_id, model, which, judged)
        else:
            decide(post, session_id, model)
        view = post.view(session_id)
        if view.state is SessionState.DECIDED:
            break
        assert {pair_of(one) for one in view.faces_to_compare} == model.asked()
        assert view.needs_second_line is bool(model.stands())
    post.settle(session_id)
    if post.view(session_id).state is SessionState.CHECKED:
        with post.database.unit_of_work() as session:
            reasons = post.desk.refer(session, session_id, officer=OFFICER, note="").reasons
        named = {(hit["live_sha256"], hit["entry_reference"]) for one in reasons for hit in one["hits"]}
        assert named == model.asked() | model.stands()
