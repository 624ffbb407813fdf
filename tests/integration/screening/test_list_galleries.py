"""Faces of lists in their encrypted files: over a restart, and with a list's next version."""

from pathlib import Path
from uuid import UUID

import pytest

from crossing.faces.engines import open_engine
from crossing.faces.gallery.opening import Galleries
from crossing.faces.repository import FaceTemplateRepository
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.screening.cli import folder_loader
from crossing.screening.index import ListIndex, ListIndexes
from tests.factories.clock import StandingClock
from tests.factories.galleries import KEY, contents, gallery_files
from tests.factories.portraits import MODELS, PORTRAITS, portrait
from tests.factories.screening.lists import csv_of, list_service, order, person

OBAMA, BIDEN = person("N-1", "Person", portrait="obama.jpg"), person("N-2", "Other", portrait="biden.jpg")


@pytest.fixture(scope="module")
def faces() -> FaceService:
    return FaceService(open_engine(MODELS), Thresholds.load())


def references_like(faces: FaceService, index: ListIndex, name: str) -> list[str]:
    """Whom a search with this portrait names."""
    assert index.faces is not None
    found = faces.search(faces.analyse(portrait(name)).template, index.faces)
    return [index.persons[index.person_places[one.subject_id]].reference for one in found.candidates]


def test_the_faces_of_a_list_are_in_its_file_and_follow_its_versions(
    post_database: Database,
    clock: StandingClock,
    blobs: BlobStore,
    faces: FaceService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    importing = list_service(post_database, clock, blobs=blobs, faces=faces)
    importing.import_list(order(csv_of(OBAMA, BIDEN), portraits=folder_loader(PORTRAITS)))
    galleries = Galleries(tmp_path / "galleries", KEY)
    indexes = ListIndexes(faces, galleries)
    indexes.refresh(post_database)
    [index] = indexes.current()
    assert references_like(faces, index, "obama-speaking.jpg") == ["N-1"]
    galleries.close()
    assert len(gallery_files(tmp_path / "galleries")) == 1

    # A start reads the file, and no vector from the database.
    def some(_: FaceTemplateRepository, template_ids: list[UUID]) -> list[object]:
        return pytest.fail(f"{len(template_ids)} templates were read") if template_ids else []

    galleries = Galleries(tmp_path / "galleries", KEY)
    indexes = ListIndexes(faces, galleries)
    with monkeypatch.context() as patched:
        patched.setattr(FaceTemplateRepository, "some", some)
        indexes.refresh(post_database)
    [index] = indexes.current()
    assert references_like(faces, index, "obama-speaking.jpg") == ["N-1"]

    # The next version has one person fewer: the gallery and its file have too.
    importing.import_list(order(csv_of(BIDEN), portraits=folder_loader(PORTRAITS), accept_loss=True))
    assert indexes.refresh(post_database)
    [index] = indexes.current()
    assert references_like(faces, index, "obama-speaking.jpg") == []
    assert index.faces is not None
    assert len(contents(index.faces)) == len(index.enrolled) == 1
    galleries.close()
