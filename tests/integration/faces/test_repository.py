"""Templates in the encrypted database of a post."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from crossing.faces.engines.base import Template, unit
from crossing.faces.gallery.search import Gallery
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from tests.factories.databases import sqlcipher_database

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
MADE_BY = ("trial", "1", "cosine")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = sqlcipher_database(tmp_path)
    yield database
    database.close()


def template(seed: int, made_by: tuple[str, str, str] = MADE_BY) -> Template:
    return Template(*made_by, unit(np.random.default_rng(seed).normal(size=128)))


def test_what_was_kept_fills_a_gallery_after_a_restart(database: Database) -> None:
    subjects = [new_id() for _ in range(3)]
    with database.unit_of_work() as session:
        kept = [
            FaceTemplateRepository(session).add(SubjectKind.WATCHLIST, subject, template(seed), now=NOW)
            for seed, subject in enumerate(subjects)
        ]
    gallery = Gallery(MADE_BY, 128)
    with database.unit_of_work() as session:
        for entry in FaceTemplateRepository(session).entries(SubjectKind.WATCHLIST, MADE_BY):
            gallery.add(entry)
    found = gallery.search(template(1), threshold=0.99, limit=5)
    assert [(one.template_id, one.subject_id) for one in found] == [(kept[1].template_id, subjects[1])]


@pytest.mark.parametrize("other", [("trial", "2", "cosine"), ("another", "1", "cosine"), ("trial", "1", "new")])
def test_a_gallery_is_filled_from_one_engine_and_one_kind_only(
    database: Database, other: tuple[str, str, str]
) -> None:
    with database.unit_of_work() as session:
        templates = FaceTemplateRepository(session)
        templates.add(SubjectKind.WATCHLIST, new_id(), template(1, other), now=NOW)
        templates.add(SubjectKind.MOVEMENT, new_id(), template(2), now=NOW)
        kept = templates.add(SubjectKind.WATCHLIST, new_id(), template(3), now=NOW)
        found = [entry.template_id for entry in templates.entries(SubjectKind.WATCHLIST, MADE_BY)]
    assert found == [kept.template_id]


def test_a_subject_that_goes_takes_all_its_templates_with_it(database: Database) -> None:
    subject, other = new_id(), new_id()
    with database.unit_of_work() as session:
        templates = FaceTemplateRepository(session)
        gone = [templates.add(SubjectKind.MOVEMENT, subject, template(seed), now=NOW).template_id for seed in (1, 2)]
        templates.add(SubjectKind.MOVEMENT, other, template(3), now=NOW)
        assert sorted(templates.remove_subject(SubjectKind.MOVEMENT, subject)) == sorted(gone)
        assert templates.of_subject(SubjectKind.MOVEMENT, subject) == []
        assert len(templates.of_subject(SubjectKind.MOVEMENT, other)) == 1


def test_the_database_itself_refuses_a_kind_of_subject_that_is_not_foreseen(database: Database) -> None:
    with database.unit_of_work() as session:
        FaceTemplateRepository(session).add(SubjectKind.MOVEMENT, new_id(), template(1), now=NOW)
    with pytest.raises(sa.exc.IntegrityError), database.unit_of_work() as session:
        session.execute(sa.text("UPDATE face_templates SET subject_kind = 'visitor'"))


def test_no_vector_can_be_read_from_the_file_on_disk(database: Database, tmp_path: Path) -> None:
    kept = template(7)
    with database.unit_of_work() as session:
        FaceTemplateRepository(session).add(SubjectKind.MOVEMENT, new_id(), kept, now=NOW)
    database.close()
    for file in tmp_path.iterdir():
        assert kept.to_bytes()[:64] not in file.read_bytes()
