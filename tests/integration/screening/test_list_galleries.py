"""Faces of lists in their encrypted files: over a restart, and with a list's next version."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from crossing.audit.service import Audit
from crossing.faces.engines import open_engine
from crossing.faces.gallery.opening import Galleries
from crossing.faces.gallery.search import Gallery
from crossing.faces.models import FaceTemplate
from crossing.faces.repository import FaceTemplateRepository
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.screening import index as index_module
from crossing.screening.cli import folder_loader
from crossing.screening.index import ListIndexes
from crossing.screening.listed import ListIndex
from crossing.screening.lists.seals import Seals
from crossing.screening.lists.service import ListService
from crossing.screening.schemas import CheckKind, CheckOutcome, Reason, Subject
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.galleries import KEY, contents, gallery_files
from tests.factories.portraits import MODELS, PORTRAITS, portrait
from tests.factories.screening.lists import SIGNING_KEY, csv_of, list_service, order, person
from tests.factories.waiting import wait_until

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
    indexes = ListIndexes(Seals(SIGNING_KEY), faces, galleries)
    indexes.refresh(post_database)
    [index] = indexes.current()
    assert references_like(faces, index, "obama-speaking.jpg") == ["N-1"]
    galleries.close()
    assert len(gallery_files(tmp_path / "galleries")) == 1

    # A start reads the file, and no vector from the database.
    def some(_: FaceTemplateRepository, template_ids: list[UUID]) -> list[object]:
        return pytest.fail(f"{len(template_ids)} templates were read") if template_ids else []

    galleries = Galleries(tmp_path / "galleries", KEY)
    indexes = ListIndexes(Seals(SIGNING_KEY), faces, galleries)
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


class Post:
    """Lists whose galleries have files, what is asked of them, and an import by another process."""

    def __init__(
        self, database: Database, clock: StandingClock, blobs: BlobStore, faces: FaceService, folder: Path
    ) -> None:
        self.faces = faces
        self.galleries = Galleries(folder / "galleries", KEY)
        self._importing = list_service(database, clock, blobs=blobs, faces=faces)
        self.import_list(OBAMA)
        self.lists = ListService(
            database,
            blobs,
            clock=clock,
            audit=Audit(clock),
            signing_key=SIGNING_KEY,
            faces=faces,
            galleries=self.galleries,
            interval_s=0.05,
        )
        self.lists.load()
        self.screener = Screener(lists=self.lists, clock=clock, faces=faces, timeout_s=30)
        self._asked = faces.analyse(portrait("obama-speaking.jpg")).template

    def import_list(self, *persons: dict[str, str]) -> None:
        self._importing.import_list(
            order(csv_of(*persons), portraits=folder_loader(PORTRAITS), accept_loss=True),
        )

    def ask(self) -> tuple[CheckOutcome, Reason | None, str]:
        """What the list says of the face of the listed person."""
        [said] = [one for one in self.screener.local(Subject(), face=self._asked) if one.kind is CheckKind.FACE_LIST]
        return said.outcome, said.reason, said.source_version


@pytest.fixture
def post(
    post_database: Database, clock: StandingClock, blobs: BlobStore, faces: FaceService, tmp_path: Path
) -> Iterator[Post]:
    post = Post(post_database, clock, blobs, faces, tmp_path)
    yield post
    post.screener.close()
    post.galleries.close()


CHANGED = OBAMA | {"surname": "Renamed"}


def test_a_listed_person_is_found_at_every_moment_of_reading_the_next_version(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    [before] = post.lists.current()
    assert before.faces is not None
    told, said = before.faces.on_change, []
    assert told is not None

    def ask_after_each_change(rows: set[int]) -> None:
        told(rows)
        said.append(post.ask())

    monkeypatch.setattr(before.faces, "on_change", ask_after_each_change)
    said.append(post.ask())
    post.import_list(CHANGED, BIDEN)
    post.lists.load()
    said.append(post.ask())
    [after] = post.lists.current()
    assert after.faces is before.faces
    assert before.person_places.keys().isdisjoint(after.person_places)
    # The version before, its gallery with both, the next version with both, and with its own.
    assert [outcome for outcome, _, _ in said] == [CheckOutcome.POSSIBLE] * 4
    assert [version for _, _, version in said] == ["1", "1", "2", "2"]
    assert len(contents(after.faces)) == 2


@pytest.fixture(autouse=True)
def _tried_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that could not be read is tried again with the next turn."""
    monkeypatch.setattr(index_module, "TRIED_AGAIN_AFTER_S", 0.0)


def test_a_version_that_can_not_be_read_to_its_end_leaves_the_one_before_as_it_was(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.import_list(CHANGED)
    with monkeypatch.context() as patched:
        patched.setattr(ListIndex, "with_faces", lambda *_: (_ for _ in ()).throw(MemoryError))
        post.lists.load()
    assert post.ask() == (CheckOutcome.POSSIBLE, None, "1")
    post.lists.load()
    assert post.ask() == (CheckOutcome.POSSIBLE, None, "2")


def test_what_left_a_list_and_could_not_be_removed_goes_with_the_next_turn(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.import_list(CHANGED)
    with monkeypatch.context() as patched:
        patched.setattr(Gallery, "keep_only", lambda *_: (_ for _ in ()).throw(MemoryError))
        post.lists.load()
    assert post.ask() == (CheckOutcome.POSSIBLE, None, "2")
    post.lists.load()
    [index] = post.lists.current()
    assert index.faces is not None
    assert len(contents(index.faces)) == 1


def test_whom_the_version_that_is_asked_does_not_know_is_not_passed_over(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.import_list(BIDEN)
    post.lists.load()
    assert post.ask() == (CheckOutcome.CLEAR, None, "2")
    post.import_list(OBAMA, BIDEN)
    with monkeypatch.context() as patched:
        patched.setattr(ListIndex, "with_faces", lambda *_: (_ for _ in ()).throw(MemoryError))
        post.lists.load()
    assert post.ask() == (CheckOutcome.NOT_CHECKED, Reason.FACES_NOT_READY, "2")


def test_a_search_that_the_next_version_overtakes_is_never_clear(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is asked as it was, but the faces that this version knew have left the gallery meanwhile."""
    search = Gallery.search

    def overtaken(*args: object, **more: object) -> object:
        with monkeypatch.context() as patched:
            patched.setattr(Gallery, "search", search)
            post.import_list(BIDEN)
            post.lists.load()
        return search(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Gallery, "search", overtaken)
    assert post.ask() == (CheckOutcome.NOT_CHECKED, Reason.FACES_NOT_READY, "1")
    monkeypatch.undo()
    assert post.ask() == (CheckOutcome.CLEAR, None, "2")


def test_a_template_that_can_not_be_read_ends_no_refreshing(
    post: Post, post_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    post.import_list(CHANGED)
    with post_database.unit_of_work() as session:
        vector = session.scalars(sa.select(FaceTemplate.vector)).one()
        session.execute(sa.update(FaceTemplate).values(vector=b"cut"))
    post.lists.start()
    try:
        wait_until(lambda: "list_not_loaded" in capsys.readouterr().out, what="the trouble in the log")
        assert post.ask() == (CheckOutcome.POSSIBLE, None, "1")
        with post_database.unit_of_work() as session:
            session.execute(sa.update(FaceTemplate).values(vector=vector))
        wait_until(lambda: post.ask() == (CheckOutcome.POSSIBLE, None, "2"), what="the next version")
    finally:
        post.lists.stop()
