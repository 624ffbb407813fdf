"""Galleries over the real rows: killed at any moment they are mended, and what is deleted is gone from the disk."""

import subprocess
import sys
import time
from pathlib import Path
from random import Random
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from crossing.faces.gallery.opening import Galleries
from crossing.faces.models import FaceTemplate
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.platform import migrations
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from tests.factories.galleries import KEY, contents, template
from tests.factories.gallery_writer import NOW, STARTED, open_database, open_gallery

PAGE = 4096
RESERVED = 80
IV = 16


def rows_of(database: Database) -> dict[bytes, bytes]:
    with database.unit_of_work() as session:
        rows = session.execute(sa.select(FaceTemplate.template_id, FaceTemplate.subject_id, FaceTemplate.vector))
        return {template_id.bytes + subject_id.bytes: vector for template_id, subject_id, vector in rows}


def test_killed_at_any_moment_the_gallery_is_what_the_rows_are(tmp_path: Path) -> None:
    moments = Random(2026)
    database = open_database(tmp_path)
    migrations.upgrade(database.engine)
    for turn in range(4):
        command = [sys.executable, "-m", "tests.factories.gallery_writer", str(tmp_path), str(turn)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert any(STARTED in line for line in writer.stdout)
            time.sleep(moments.uniform(0.05, 0.5))
            writer.kill()
        rows = rows_of(database)
        galleries = Galleries(tmp_path / "galleries", KEY)
        assert contents(open_gallery(galleries, database)) == rows
        galleries.close()
    database.close()
    assert rows, "it was always killed before it did anything"


def decrypted_pages(path: Path) -> bytes:
    """Every page of a SQLCipher file as its key opens it, used or free (SQLCipher 4: AES-256-CBC, the initial vector
    at the start of the 80 bytes reserved at a page's end). The HMAC is not checked."""
    sealed = path.read_bytes()
    plain = []
    for at in range(0, len(sealed), PAGE):
        page = sealed[at : at + PAGE]
        start = 16 if at == 0 else 0
        end = PAGE - RESERVED
        cipher = Cipher(algorithms.AES256(KEY), modes.CBC(page[end : end + IV])).decryptor()
        plain.append(cipher.update(page[start:end]) + cipher.finalize())
    return b"".join(plain)


def test_no_page_of_the_database_keeps_a_deleted_template(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    migrations.upgrade(database.engine)
    subjects = [new_id() for _ in range(40)]
    vectors = {subject: template(seed, dimension=256) for seed, subject in enumerate(subjects)}
    with database.unit_of_work() as session:
        for subject, made in vectors.items():
            FaceTemplateRepository(session).add(SubjectKind.MOVEMENT, subject, made, now=NOW)
    database.close()
    pages = decrypted_pages(tmp_path / "post.db")
    gone, kept = subjects[::2], subjects[1::2]
    # A row may go on in another page, so a piece of the vector is looked for.
    pieces = {subject: made.to_bytes()[-64:] for subject, made in vectors.items()}
    assert all(piece in pages for piece in pieces.values())

    database = open_database(tmp_path)
    with database.unit_of_work() as session:
        for subject in gone:
            FaceTemplateRepository(session).remove_subject(SubjectKind.MOVEMENT, subject)
    database.close()
    pages = decrypted_pages(tmp_path / "post.db")
    assert all(pieces[subject] in pages for subject in kept)
    for subject in gone:
        whole = vectors[subject].to_bytes()
        assert not any(whole[at : at + 16] in pages for at in range(0, len(whole), 16))


def test_ids_are_read_apart_from_the_vectors(post_database: Database) -> None:
    with post_database.unit_of_work() as session:
        templates = FaceTemplateRepository(session)
        assert len(templates.keys(SubjectKind.MOVEMENT, ("trial", "1", "cosine"))) == 0
        entries = [templates.add(SubjectKind.MOVEMENT, new_id(), template(seed), now=NOW) for seed in range(5)]
        templates.add(SubjectKind.WATCHLIST, new_id(), template(9), now=NOW)
        keys = templates.keys(SubjectKind.MOVEMENT, ("trial", "1", "cosine"))
        found = templates.some([UUID(bytes=key[:16].tobytes()) for key in keys[:2]])
    assert {key.tobytes() for key in keys} == {one.key for one in entries}
    assert len(found) == 2
    assert all(np.isclose(one.template.vector @ one.template.vector, 1) for one in found)
