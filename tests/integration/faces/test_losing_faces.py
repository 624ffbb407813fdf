"""An engine that would lose faces does not take over; what it would lose is judged list by list."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from crossing.faces.engines.base import Face
from crossing.faces.repository import SubjectKind
from crossing.faces.retemplating import Retemplater
from crossing.faces.schemas import EngineState
from crossing.faces.service import FaceService
from crossing.faces.serving import ServingEngines
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.platform.images import BgrImage
from tests.factories.clock import StandingClock
from tests.integration.faces.test_retemplating_model import Drawn, Pictures, measured, picture

SEEN, LOST = 5, 9
"""Greys of pictures: what both engines see, and what only the first one does."""

TRAVELLERS = 60


class Choosy(Drawn):
    """Finds no face in pictures of one grey."""

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        return () if image[0, 0, 0] == LOST else super().detect(image)


class Grouped(Pictures):
    """``groups``: the greys of the pictures of each."""

    def __init__(self, database: Database, blobs: BlobStore, kind: SubjectKind, groups: dict[str, list[int]]) -> None:
        self.kind = kind  # type: ignore[misc]
        self._of_group = {name: {new_id(): grey for grey in greys} for name, greys in groups.items()}
        stored = {grey: blobs.put(picture(grey)).sha256 for grey in (SEEN, LOST)}
        everybody = {one: stored[grey] for group in self._of_group.values() for one, grey in group.items()}
        super().__init__(database, Drawn("first"), everybody)

    def groups(self, session: Session) -> dict[str, set[UUID]]:
        return {name: set(group) for name, group in self._of_group.items()}


def state_after(database: Database, folder: Path, lists: dict[str, list[int]]) -> tuple[EngineState, str]:
    """What becomes of a change from the first engine to the choosy one, and which serves then."""
    blobs, clock, first = BlobStore(folder, b"k" * 32), StandingClock(), Drawn("first")
    sources = [
        Grouped(database, blobs, SubjectKind.MOVEMENT, {"recent": [SEEN] * TRAVELLERS}),
        Grouped(database, blobs, SubjectKind.WATCHLIST, lists),
    ]
    faces = FaceService(first, measured())

    def run(wanted: Drawn) -> Retemplater:
        engines = ServingEngines(faces, wanted, clock.now())
        retemplater = Retemplater(sources, engines=engines, database=database, blobs=blobs, clock=clock, share=1.0)
        assert retemplater.run_once()
        return retemplater

    run(first)
    return run(Choosy("second")).status().state, faces.engine.name


HELD, CHANGED = (EngineState.HELD, "first"), (EngineState.SERVING, "second")


@pytest.mark.parametrize(
    ("lists", "what_becomes"),
    [
        ({"wanted": [SEEN] * 9 + [LOST]}, CHANGED),
        ({"wanted": [SEEN] + [LOST] * 4}, HELD),
        ({"wanted": [SEEN] * 8 + [LOST] * 2, "missing": [SEEN] * 20}, HELD),
        ({"wanted": [SEEN] * 10, "missing": [SEEN] * 19 + [LOST]}, CHANGED),
    ],
    ids=["a tenth", "a short list beside many travellers", "one list beside another", "few of each"],
)
def test_too_many_faces_of_one_list_are_enough_to_keep_the_engine(
    post_database: Database, tmp_path: Path, lists: dict[str, list[int]], what_becomes: tuple[EngineState, str]
) -> None:
    assert state_after(post_database, tmp_path / "blobs", lists) == what_becomes
