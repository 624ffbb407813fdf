"""Lists of documents that are kept as a file: imported by streaming, asked like any list, never half there."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crossing.platform.db import Database
from crossing.screening.cli import Parts, app
from crossing.screening.errors import (
    ListBaseLost,
    ListChangesAlone,
    ListChangesOfAnother,
    ListColumnsMissing,
    ListEmpty,
    ListMalformed,
    ListNotUtf8,
    ListOlder,
    ListShrank,
    ListTakesNoChanges,
    ListUnknown,
)
from crossing.screening.lists.document_sets import DocumentSets
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.schemas import ImportReport
from crossing.screening.lists.service import ListService
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.databases import KEY as DATABASE_KEY
from tests.factories.databases import sqlcipher_database
from tests.factories.screening.lists import AS_OF, csv_of, document, list_service, order
from tests.integration.screening.set_import_process import import_set

COMMITTED = "indexing"
"""What an import says once its version is the one in use."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sets"


@pytest.fixture
def lists(post_database: Database, clock: StandingClock, folder: Path) -> ListService:
    return list_service(post_database, clock, sets=DocumentSets(folder, b"s" * 32))


@pytest.fixture
def screener(lists: ListService, clock: StandingClock) -> Iterator[Screener]:
    screener = Screener(lists=lists, clock=clock)
    yield screener
    screener.close()


def set_order(content: bytes = b"", *, path: Path | None = None, accept_loss: bool = False) -> ImportOrder:
    made = order(content, code="sltd", format="document_set_csv", accept_loss=accept_loss)
    return ImportOrder(**{name: getattr(made, name) for name in made.__slots__} | {"path": path})


def imported(lists: ListService, *documents: dict[str, str], accept_loss: bool = False) -> ImportReport:
    return lists.import_list(set_order(csv_of(*documents), accept_loss=accept_loss))


def asked(screener: Screener, number: str, issuer: str = "MLI") -> CheckResult:
    subject = Subject.model_validate({"document": {"number": number, "issuer": issuer, "type": "P"}})
    [result] = [one for one in screener.local(subject) if one.kind is CheckKind.DOCUMENT_LIST]
    return result


def test_a_listed_document_is_a_hit_with_its_reason(lists: ListService, screener: Screener) -> None:
    report = imported(lists, document("OB0243318", reported_on="2029-05-01"), document("A7", issuing_state=""))
    assert (report.version, report.documents, report.added, report.skipped) == (1, 2, 2, 0)
    result = asked(screener, "ob 0243318")
    assert result.outcome is CheckOutcome.HIT
    [hit] = result.hits
    assert (hit.entry_reference, hit.label, hit.score) == ("MLI:OB0243318", "MLI OB0243318", 1)
    assert [one.code for one in hit.explanations] == ["document_same", "document_reason"]
    assert hit.explanations[1].params == {"reason": "stolen (2029)"}
    assert asked(screener, "0B02433I8").outcome is CheckOutcome.POSSIBLE
    assert asked(screener, "OB0243319").outcome is CheckOutcome.CLEAR
    assert asked(screener, "A7", "NER").outcome is CheckOutcome.POSSIBLE


def test_a_number_in_a_listed_range_is_a_hit(lists: ListService, screener: Screener) -> None:
    report = imported(lists, document("A0000100", number_to="A0000199", reason="stolen blank"))
    assert report.documents == 1
    [hit] = asked(screener, "A0000150").hits
    assert hit.explanations[0].params == {"listed": "A0000100-A0000199"}
    assert asked(screener, "A0000150").outcome is CheckOutcome.HIT
    assert asked(screener, "A0000200").outcome is CheckOutcome.CLEAR


def test_a_file_is_read_from_its_path_and_a_new_version_takes_its_place(
    lists: ListService, screener: Screener, tmp_path: Path, folder: Path
) -> None:
    file = tmp_path / "sltd.csv"
    file.write_bytes(csv_of(document("A1"), document("A2")))
    lists.import_list(set_order(path=file))
    file.write_bytes(csv_of(document("A2"), document("A3")))
    assert lists.import_list(set_order(path=file)).version == 2
    outcomes = [asked(screener, number).outcome for number in ("A1", "A2", "A3")]
    assert outcomes == [CheckOutcome.CLEAR, CheckOutcome.HIT, CheckOutcome.HIT]
    assert len(list(folder.glob("*.docset"))) == 1


def test_a_version_with_other_documents_but_as_many_has_changed(lists: ListService) -> None:
    assert imported(lists, document("A1"), document("A2")).changed == 0
    other = imported(lists, document("A1"), document("A9"))
    assert (other.added, other.changed, other.removed) == (0, 1, 0)


def test_the_same_file_again_changes_nothing(lists: ListService) -> None:
    assert not imported(lists, document("A1")).unchanged
    assert imported(lists, document("A1")).unchanged


def test_the_same_file_again_takes_away_what_a_kill_left(lists: ListService, folder: Path) -> None:
    """Killed when the new file is asked, and the old one still there."""
    imported(lists, document("A1"))
    [old] = folder.glob("*.docset")
    content = old.read_bytes()
    imported(lists, document("A2"))
    old.write_bytes(content)
    assert imported(lists, document("A2")).unchanged
    assert len(list(folder.glob("*.docset"))) == 1


def test_what_is_skipped_is_reported_with_its_line(lists: ListService, screener: Screener) -> None:
    report = imported(
        lists,
        document("A1"),
        document("--"),
        document("A2", issuing_state="Atlantis", reported_on="soon"),
        document("B1", number_to="A9"),
    )
    assert (report.documents, report.skipped) == (2, 2)
    assert [(one.line, one.code) for one in report.findings] == [
        (3, "number_missing"), (4, "state_unknown"), (4, "date_unreadable"), (5, "record_unreadable"),
    ]  # fmt: skip
    assert asked(screener, "A2").outcome is CheckOutcome.POSSIBLE


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"number,type\nA1,passport\n", ListColumnsMissing),
        (b"number,issuing_state,type,reason\n", ListEmpty),
        (b"number,issuing_state,type,reason\nA1,MLI,passport,\xff\n", ListNotUtf8),
        (b'number,issuing_state,type,reason\nA1,MLI,passport,"x"y\n', ListMalformed),
        (b"number,issuing_state,type,reason\n" + b"A" * 70_000, ListMalformed),
    ],
    ids=["columns", "nothing in it", "not UTF-8", "quotes", "no line end"],
)
def test_a_file_of_another_kind_leaves_the_list_in_use(
    lists: ListService, screener: Screener, folder: Path, content: bytes, error: type[Exception]
) -> None:
    imported(lists, document("A1"))
    with pytest.raises(error):
        lists.import_list(set_order(content))
    assert asked(screener, "A1").outcome is CheckOutcome.HIT
    assert len(list(folder.glob("*.docset"))) == 1


def test_a_file_with_half_of_the_entries_needs_a_word(lists: ListService, screener: Screener) -> None:
    imported(lists, *(document(f"A{number}") for number in range(10)))
    with pytest.raises(ListShrank):
        imported(lists, document("B1"))
    assert asked(screener, "A3").outcome is CheckOutcome.HIT
    assert imported(lists, document("B1"), accept_loss=True).documents == 1


def test_an_older_file_is_refused(lists: ListService, clock: StandingClock) -> None:
    imported(lists, document("A1"))
    older = order(csv_of(document("A2")), code="sltd", format=None, as_of=AS_OF.replace(year=2030))
    with pytest.raises(ListOlder):
        lists.import_list(older)


def test_a_missing_or_damaged_file_clears_nobody(lists: ListService, screener: Screener, folder: Path) -> None:
    imported(lists, *(document(f"A{number}") for number in range(50)))
    [file] = folder.glob("*.docset")
    content = file.read_bytes()
    for broken in (content[:-1], b"", bytes(len(content)), None):
        file.unlink(missing_ok=True)
        if broken is not None:
            file.write_bytes(broken)
        lists._indexes.refresh(lists._database, everything=True)
        for number in ("A1", "Z9"):
            result = asked(screener, number)
            assert (result.outcome, result.reason) == (CheckOutcome.NOT_CHECKED, Reason.LIST_NOT_WHOLE)
    file.write_bytes(content)
    assert asked(screener, "A1").outcome is CheckOutcome.HIT
    assert asked(screener, "Z9").outcome is CheckOutcome.CLEAR


def test_a_file_of_another_version_clears_nobody(lists: ListService, screener: Screener, folder: Path) -> None:
    imported(lists, document("A1"), document("A2"))
    [file] = folder.glob("*.docset")
    older = file.read_bytes()
    imported(lists, document("A2"), document("A3"))
    [file] = folder.glob("*.docset")
    file.write_bytes(older)
    lists._indexes.refresh(lists._database, everything=True)
    assert asked(screener, "A3").reason is Reason.LIST_NOT_WHOLE


def test_a_lost_file_is_made_again_by_the_same_import(lists: ListService, screener: Screener, folder: Path) -> None:
    imported(lists, document("A1"))
    for file in folder.glob("*.docset"):
        file.unlink()
    report = imported(lists, document("A1"))
    assert (report.version, report.unchanged) == (2, False)
    assert asked(screener, "A1").outcome is CheckOutcome.HIT


def test_a_machine_without_a_folder_for_files_clears_nobody(
    lists: ListService, post_database: Database, clock: StandingClock
) -> None:
    imported(lists, document("A1"))
    other = list_service(post_database, clock)
    other.load()
    screener = Screener(lists=other, clock=clock)
    assert asked(screener, "Z9").reason is Reason.LIST_NOT_WHOLE
    screener.close()


def changes_order(content: bytes, changes_to: str, as_of: datetime = AS_OF) -> ImportOrder:
    return replace(order(content, code="sltd", format=None, as_of=as_of), changes_to=changes_to)


def add(number: str, **more: str) -> dict[str, str]:
    return {"change": "add", **document(number, **more)}


def remove(number: str, **more: str) -> dict[str, str]:
    return {"change": "remove", **document(number, **more)}


def test_changes_alone_are_laid_over_the_file_they_were_made_for(
    lists: ListService, screener: Screener, folder: Path
) -> None:
    known = document("C0000100", number_to="C0000199", reason="stolen blank")
    first = imported(lists, document("A1"), document("A2"), document("A3", issuing_state=""), known)
    made = csv_of(
        remove("A1"),
        add("A2", reason="revoked"),
        remove("A2"),
        add("B1"),
        remove("C0000100", number_to="C0000199", reason=""),
        add("D0000100", number_to="D0000199"),
    )
    report = lists.import_list(changes_order(made, first.sha256))
    assert (report.version, report.documents, report.skipped, report.changes_to) == (2, 4, 0, first.sha256)
    assert [one.code for one in report.findings] == []
    outcomes = {
        number: asked(screener, number).outcome for number in ("A1", "A2", "A3", "B1", "C0000150", "D0000150")
    }
    assert outcomes == {
        "A1": CheckOutcome.CLEAR,
        "A2": CheckOutcome.HIT,
        "A3": CheckOutcome.POSSIBLE,
        "B1": CheckOutcome.HIT,
        "C0000150": CheckOutcome.CLEAR,
        "D0000150": CheckOutcome.HIT,
    }
    [hit] = asked(screener, "A2").hits
    assert hit.explanations[1].params == {"reason": "revoked"}
    assert len(list(folder.glob("*.docset"))) == 1


def test_the_next_changes_name_the_changes_before_and_the_same_again_change_nothing(
    lists: ListService, screener: Screener
) -> None:
    first = imported(lists, document("A1"))
    second = lists.import_list(changes_order(csv_of(add("A2")), first.sha256))
    third = changes_order(csv_of(add("A3"), remove("A1")), second.sha256.upper(), AS_OF + timedelta(days=1))
    assert lists.import_list(third).version == 3
    assert lists.import_list(third).unchanged
    assert [asked(screener, number).outcome for number in ("A1", "A2", "A3")] == [
        CheckOutcome.CLEAR, CheckOutcome.HIT, CheckOutcome.HIT,
    ]  # fmt: skip


def test_a_day_without_changes_makes_the_list_younger(lists: ListService, screener: Screener) -> None:
    first = imported(lists, document("A1"))
    nothing = b"change,number,issuing_state,type,reason\n"
    report = lists.import_list(changes_order(nothing, first.sha256, AS_OF + timedelta(days=1)))
    assert (report.documents, report.as_of) == (1, AS_OF + timedelta(days=1))
    assert asked(screener, "A1").outcome is CheckOutcome.HIT


def test_changes_to_another_file_leave_the_list_in_use(lists: ListService, screener: Screener, folder: Path) -> None:
    with pytest.raises(ListUnknown):
        lists.import_list(changes_order(csv_of(add("A2")), "0" * 64))
    first = imported(lists, document("A1"))
    imported(lists, document("A1"), document("A3"))
    with pytest.raises(ListChangesOfAnother):
        lists.import_list(changes_order(csv_of(remove("A1")), first.sha256))
    assert asked(screener, "A1").outcome is CheckOutcome.HIT
    assert len(list(folder.glob("*.docset"))) == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (csv_of(document("A9")), ListColumnsMissing),
        (csv_of({**document("A9"), "change": "delete"}), ListEmpty),
        (csv_of(add("A9")) + b"add,A8,MLI,passport,\xff\n", ListNotUtf8),
        (csv_of(*(remove(f"A{number}") for number in range(10))), ListShrank),
    ],
    ids=["no column", "another word", "not UTF-8", "half is gone"],
)
def test_changes_that_cannot_be_taken_leave_the_list_in_use(
    lists: ListService, screener: Screener, folder: Path, content: bytes, error: type[Exception]
) -> None:
    first = imported(lists, *(document(f"A{number}") for number in range(11)))
    before = [one.name for one in folder.glob("*.docset")]
    with pytest.raises(error):
        lists.import_list(changes_order(content, first.sha256))
    assert asked(screener, "A3").outcome is CheckOutcome.HIT
    assert [one.name for one in folder.glob("*.docset")] == before


def test_what_is_to_go_and_is_not_there_is_reported(lists: ListService) -> None:
    first = imported(lists, document("A1"))
    made = csv_of(add("A2"), remove("A7"), remove("A1", issuing_state="NER"), remove("E1", number_to="E9"))
    report = lists.import_list(changes_order(made, first.sha256))
    assert [(one.line, one.code) for one in report.findings] == [(line, "not_listed") for line in (3, 4, 5)]
    assert (report.documents, report.skipped) == (2, 0)


def test_changes_are_never_taken_for_a_whole_list(lists: ListService, screener: Screener) -> None:
    imported(lists, document("A1"))
    with pytest.raises(ListChangesAlone):
        imported(lists, add("A2"))
    persons = order(csv_of({"reference": "N-1", "surname": "Diallo"}), code="national", format="national_persons")
    with pytest.raises(ListTakesNoChanges):
        lists.import_list(replace(persons, changes_to="0" * 64))
    assert asked(screener, "A1").outcome is CheckOutcome.HIT


def test_nothing_is_laid_over_a_file_that_is_lost_or_damaged(
    lists: ListService, screener: Screener, folder: Path
) -> None:
    whole = [document(f"A{number}") for number in range(50)]
    first = imported(lists, *whole)
    [file] = folder.glob("*.docset")
    content = file.read_bytes()
    for broken in (content[:-1], content[:40] + bytes([content[40] ^ 1]) + content[41:], None):
        file.unlink()
        if broken is not None:
            file.write_bytes(broken)
        with pytest.raises(ListBaseLost):
            lists.import_list(changes_order(csv_of(add("B1")), first.sha256))
        file.write_bytes(content)
    assert asked(screener, "A7").outcome is CheckOutcome.HIT
    assert asked(screener, "B1").outcome is CheckOutcome.CLEAR


def test_the_command_takes_changes_alone(
    lists: ListService, post_database: Database, clock: StandingClock, tmp_path: Path, screener: Screener
) -> None:
    first = imported(lists, document("A1"))
    file = tmp_path / "changes.csv"
    file.write_bytes(csv_of(add("A2")))

    @contextmanager
    def open_parts() -> Iterator[Parts]:
        yield Parts(post_database, lists, clock)

    wanted = ["import", str(file), "--code", "sltd", "--as-of", "today", "--changes-to"]
    elsewhere = CliRunner().invoke(app(open_parts), [*wanted, "0" * 64])
    assert elsewhere.exit_code == 1
    assert first.sha256 in elsewhere.output
    taken = CliRunner().invoke(app(open_parts), [*wanted, first.sha256])
    assert taken.exit_code == 0, taken.output
    assert asked(screener, "A2").outcome is CheckOutcome.HIT


def test_the_command_previews_and_imports_from_the_path(
    lists: ListService, post_database: Database, clock: StandingClock, tmp_path: Path, screener: Screener
) -> None:
    file = tmp_path / "sltd.csv"
    file.write_bytes(csv_of(document("A1"), document("A2")))

    @contextmanager
    def open_parts() -> Iterator[Parts]:
        yield Parts(post_database, lists, clock)

    wanted = ["import", str(file), "--code", "sltd", "--name", "SLTD", "--format", "document_set_csv"]
    wanted += ["--as-of", "today"]
    previewed = CliRunner().invoke(app(open_parts), [*wanted, "--preview"])
    assert (previewed.exit_code, lists.current()) == (0, ())
    imported = CliRunner().invoke(app(open_parts), wanted)
    assert imported.exit_code == 0, imported.output
    assert "2 documents" in imported.output
    assert asked(screener, "A2").outcome is CheckOutcome.HIT


@pytest.mark.parametrize("turns", [2, 4, 5])
def test_a_kill_at_any_stage_leaves_the_old_or_the_new(tmp_path: Path, turns: int) -> None:
    """SIGKILL while rows are read, when the new file is built but not in its place, and when it is."""
    _require_old_or_new(tmp_path, turns, after_s=None)


def test_a_kill_between_changes_and_the_file_they_make_leaves_the_old(tmp_path: Path) -> None:
    _require_old_or_new(tmp_path, turns=3, after_s=None, changes=True)


@pytest.mark.soak
@pytest.mark.parametrize("place", range(12))
def test_a_kill_at_any_moment_leaves_the_old_or_the_new(tmp_path: Path, place: int) -> None:
    """SIGKILL some milliseconds after the file is built: while it is checked, put in its place and switched to."""
    _require_old_or_new(tmp_path, turns=4, after_s=0.004 * place)


def _require_old_or_new(folder: Path, turns: int, after_s: float | None, *, changes: bool = False) -> None:
    """An import killed when it has said its ``turns``-th word, or so long after; then the machine starts again."""
    clock, key = StandingClock(), DATABASE_KEY
    database = sqlcipher_database(folder)
    sets = DocumentSets(folder / "sets", key)
    first = imported(list_service(database, clock, sets=sets), document("A1"), document("A2"))
    new = csv_of(add("A3"), remove("A1")) if changes else csv_of(document("A2"), document("A3"))
    changes_to = first.sha256 if changes else ""
    said = _killed_after(folder, key, new, changes_to, turns, after_s)
    lists = list_service(database, clock, sets=sets)
    lists.load()
    screener = Screener(lists=lists, clock=clock)
    outcomes = [asked(screener, number).outcome for number in ("A1", "A2", "A3")]
    old_list = [CheckOutcome.HIT, CheckOutcome.HIT, CheckOutcome.CLEAR]
    new_list = [CheckOutcome.CLEAR, CheckOutcome.HIT, CheckOutcome.HIT]
    if after_s is None:
        assert outcomes == (new_list if said[-1] == COMMITTED else old_list)
    assert outcomes in (old_list, new_list)
    lists.import_list(replace(set_order(new), changes_to=changes_to))
    assert [asked(screener, number).outcome for number in ("A1", "A2", "A3")] == new_list
    assert sorted(one.suffix for one in (folder / "sets").iterdir()) == [".docset", ".lock"]
    screener.close()
    database.close()


def _killed_after(
    folder: Path, key: bytes, content: bytes, changes_to: str, turns: int, after_s: float | None
) -> list[str]:
    """What the process said before it was killed."""
    ours, its = multiprocessing.get_context("spawn").Pipe()
    given = (folder, key, content, changes_to, its)
    process = multiprocessing.get_context("spawn").Process(target=import_set, args=given)
    process.start()
    its.close()
    said: list[str] = []
    while len(said) < turns and ours.poll(60):
        said.append(ours.recv())
        if len(said) < turns:
            ours.send("on")
    if after_s is not None:
        ours.send("on")
        time.sleep(after_s)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    return said
