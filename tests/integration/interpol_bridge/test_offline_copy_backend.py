"""The offline copy as a bridge has it: opened at its start, replaced while it serves, refused if it is not ours."""

import multiprocessing
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from typer.testing import CliRunner

from crossing.ports.bridge import Database, Mode, NotCheckedReason
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.backends.offline_copy import MakingKey, OfflineCopyBackend, OpenCopy, make_delta, take_up
from interpol_bridge.backends.offline_copy.attempts import Attempts, Files
from interpol_bridge.backends.offline_copy.manifest import NAME
from interpol_bridge.cli import app
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.questions import KIND_OF_QUERY, Question
from interpol_bridge.settings import Settings
from interpol_bridge.simulator.scenario import Scenario
from interpol_bridge.store.secrets import make_secret
from tests.factories.offline_copies import AS_OF, NOW, copy_of
from tests.factories.waiting import wait_until

KEY = MakingKey.new()
READING = KEY.reading
RUNNER = CliRunner()
WHO_ASKS = {"request_id": str(uuid4()), "officer": "o", "post": "KOR-01", "purpose": "p", "legal_basis": "l"}


def listed(*numbers: str) -> Scenario:
    rows = [{"document_number": one, "issuing_state": "UTO", "fraud_type": "lost"} for one in numbers]
    return Scenario.model_validate({"sltd": rows})


def asked(number: str) -> Question:
    query = KIND_OF_QUERY[Database.SLTD].model_validate(
        {**WHO_ASKS, "document_number": number, "issuing_state": "UTO"}
    )
    return Question(Database.SLTD, query)


@pytest.fixture
def backends() -> Iterator[Callable[[Path], OfflineCopyBackend]]:
    opened: list[OfflineCopyBackend] = []

    def open_backend(folder: Path) -> OfflineCopyBackend:
        opened.append(OfflineCopyBackend(folder, READING, look_every_s=0.02))
        return opened[-1]

    yield open_backend
    for one in opened:
        one.close()


Open = Callable[[Path], OfflineCopyBackend]


def test_it_answers_with_the_date_of_its_source(tmp_path: Path, backends: Open) -> None:
    backend = backends(copy_of(listed("A1"), tmp_path / "copy", KEY))
    finding = backend.ask(asked("A1"))
    assert [record.match_type for record in finding.records] == ["exact"]
    assert (finding.source.mode, finding.source.copy_as_of) == (Mode.OFFLINE_COPY, AS_OF)
    assert backend.probe() == finding.source


def test_without_a_copy_nothing_is_answered_until_one_comes(tmp_path: Path, backends: Open) -> None:
    backend = backends(tmp_path / "copy")
    for call in (backend.probe, lambda: backend.ask(asked("A1"))):
        with pytest.raises(NotAnswered, match="no copy") as refused:
            call()
        assert refused.value.reason is NotCheckedReason.BACKEND_ERROR
    take_up(tmp_path / "copy", copy_of(listed("A1"), tmp_path / "came", KEY), READING)
    wait_until(lambda: _answers(backend))
    assert backend.ask(asked("A1")).records


def test_while_copies_are_replaced_every_answer_is_of_one_of_them(tmp_path: Path, backends: Open) -> None:
    """Each copy lists one number of its own, and S always: no question falls between two copies."""
    folder = copy_of(listed("S", "N0"), tmp_path / "copy", KEY)
    backend = backends(folder)
    wrong: list[str] = []
    ends = threading.Event()

    def ask() -> None:
        while not ends.is_set():
            try:
                if not backend.ask(asked("S")).records:
                    wrong.append("no hit")
            except NotAnswered as error:
                wrong.append(str(error))
            time.sleep(0.001)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for number in range(1, 6):
            new = copy_of(
                listed("S", f"N{number}"), tmp_path / f"new{number}", KEY, as_of=AS_OF + timedelta(minutes=number)
            )
            if number % 2:
                make_delta(folder, new, tmp_path / f"delta{number}", KEY, NOW)
                new = tmp_path / f"delta{number}"
            take_up(folder, new, READING)
            wait_until(lambda number=number: bool(backend.ask(asked(f"N{number}")).records))  # type: ignore[misc]
            assert not backend.ask(asked(f"N{number - 1}")).records
    finally:
        ends.set()
        asking.join(60)
    assert wrong == []


def test_a_copy_that_is_refused_leaves_the_one_that_serves(tmp_path: Path, backends: Open) -> None:
    folder = copy_of(listed("A1"), tmp_path / "copy", KEY)
    backend = backends(folder)
    other = copy_of(listed("B2"), tmp_path / "other", MakingKey.new())
    before = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes((other / NAME).read_bytes())
    wait_until(lambda: "not signed" in backend.refused)
    assert backend.ask(asked("A1")).records
    assert not backend.ask(asked("B2")).records
    with pytest.raises(NotAnswered, match="not signed"):
        backends(folder).probe()
    (folder / NAME).write_bytes(before)
    wait_until(lambda: not backend.refused)


def test_what_was_refused_is_tried_again_when_it_changes_and_else_ever_more_rarely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of(listed("A1"), tmp_path / "copy", KEY)
    other = copy_of(listed("B2"), tmp_path / "other", MakingKey.new())
    right = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes((other / NAME).read_bytes())
    opened: list[Path] = []
    really_open = OpenCopy.open

    def open_counted(*given: Any) -> OpenCopy:
        opened.append(given[0])
        return really_open(*given)

    monkeypatch.setattr(OpenCopy, "open", open_counted)
    looks: list[float] = []
    now = 0.0

    def ticks() -> float:
        looks.append(now)
        return now

    backend = OfflineCopyBackend(folder, READING, look_every_s=0.01, ticks=ticks)
    try:
        wait_until(lambda: len(looks) > 20)
        assert len(opened) == 1
        now = 0.011
        wait_until(lambda: len(opened) == 2)
        # In one step: a look at a manifest that is half written would be one more.
        (tmp_path / "right").write_bytes(right)
        (tmp_path / "right").replace(folder / NAME)
        wait_until(lambda: _answers(backend))
        assert len(opened) == 3
    finally:
        backend.close()


def test_pauses_between_attempts_double_to_ten_minutes() -> None:
    now = 0.0
    attempts = Attempts(2.0, lambda: now)
    files: Files = frozenset({("manifest.json", (1, 2, 3))})
    pauses = []
    for _ in range(12):
        attempts.note(files)
        began = now
        while not attempts.due(files):
            now += 1.0
        pauses.append(now - began)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
    attempts.note(files)
    assert attempts.due(frozenset({("manifest.json", (2, 2, 3))}))


def test_a_copy_that_cannot_be_read_once_answers_nobody_until_another_comes(tmp_path: Path, backends: Open) -> None:
    numbers = [f"A{place}" for place in range(60)]
    folder = copy_of(listed(*numbers), tmp_path / "copy", KEY)
    backend = backends(folder)
    [path] = folder.glob("sltd-*")
    whole = path.read_bytes()
    _overwrite(path, bytes(byte ^ 0x5A for byte in whole))

    with pytest.raises(NotAnswered):
        backend.ask(asked("A1"))
    for _ in range(2):
        for number in ("A2", "X1", "X2"):
            with pytest.raises(NotAnswered) as refused:
                backend.ask(asked(number))
            assert refused.value.reason is NotCheckedReason.BACKEND_ERROR
        with pytest.raises(NotAnswered):
            backend.probe()
        wait_until(lambda: "damaged" in backend.refused or "can't be believed" in backend.refused)

    _overwrite(path, whole)
    wait_until(lambda: _answers(backend))
    assert backend.ask(asked("A2")).records
    assert not backend.ask(asked("X1")).records


def test_damage_at_one_place_takes_the_whole_copy_out_until_a_newer_one_comes(tmp_path: Path, backends: Open) -> None:
    """One byte, which opening does not read: a bridge that starts anew finds it when it is asked there."""
    folder = copy_of(listed("A1"), tmp_path / "copy", KEY)
    [path] = folder.glob("sltd-*")
    damaged = bytearray(path.read_bytes())
    damaged[14] ^= 1
    _overwrite(path, bytes(damaged))
    backend = backends(folder)

    wait_until(lambda: not _answered(backend, "A1"))
    wait_until(lambda: "damaged" in backend.refused)
    with pytest.raises(NotAnswered):
        backend.ask(asked("X1"))

    take_up(folder, copy_of(listed("A1"), tmp_path / "new", KEY, as_of=AS_OF + timedelta(hours=1)), READING)
    wait_until(lambda: _answered(backend, "A1"))


def test_a_copy_that_is_whole_after_all_is_put_back(tmp_path: Path, backends: Open) -> None:
    """A disk that failed once: the file can be read again when it is examined."""
    folder = copy_of(listed("A1"), tmp_path / "copy", KEY)
    backend = backends(folder)
    [path] = folder.glob("sltd-*")
    whole = path.read_bytes()

    _overwrite(path, bytes(byte ^ 0x5A for byte in whole))
    with structlog.testing.capture_logs() as logs:
        assert not _answered(backend, "A1")
        _overwrite(path, whole)
        wait_until(lambda: _answered(backend, "A1"))

    assert "copy_doubted" in {entry["event"] for entry in logs}


def test_a_process_that_is_killed_leaves_the_old_copy_or_the_new_one(tmp_path: Path) -> None:
    """Copies that follow each other are taken up in a process that is killed at any moment."""
    folder = copy_of(listed("S", "N0"), tmp_path / "copy", KEY)
    days = 12
    for day in range(1, days):
        scene = listed("S", f"N{day}", *(f"X{number}" for number in range(200)))
        copy_of(scene, tmp_path / f"new{day}", KEY, as_of=AS_OF + timedelta(minutes=day))
    chance = random.Random(3)
    newest = 0
    for _ in range(12):
        process = multiprocessing.get_context("fork").Process(
            target=_take_up_all, args=(folder, tmp_path, newest, days)
        )
        process.start()
        process.join(chance.uniform(0.005, 0.06))
        process.kill()
        process.join(60)
        copy = OpenCopy.open(folder, READING)
        copy.verify()
        found = [day for day in range(days) if copy.ask(asked(f"N{day}"), NOW.date())]
        assert len(found) == 1
        assert found[0] >= newest
        assert copy.ask(asked("S"), NOW.date())
        newest = found[0]
    take_up(folder, tmp_path / f"new{days - 1}", READING)
    named = {file.name for file in OpenCopy.open(folder, READING).manifest.files}
    assert {path.name for path in folder.iterdir()} - {NAME, ".lock"} == named


def _take_up_all(folder: Path, came: Path, newest: int, days: int) -> None:
    for day in range(newest + 1, days):
        take_up(folder, came / f"new{day}", READING)


def test_settings_open_it_and_the_index_of_names_is_kept(tmp_path: Path) -> None:
    people = [
        {"family_name": f"Valdes{place}", "forenames": "Tomasa", "birth_date": "1971-03-09", "notice_colour": "red"}
        for place in range(1_100)
    ]
    folder = copy_of(Scenario.model_validate({"nominals": people}), tmp_path / "copy", KEY)
    READING.write(tmp_path / "reading.key")
    settings = Settings(data_folder=tmp_path / "data", copy_folder=folder, copy_key=tmp_path / "reading.key")
    make_secret(settings.secret_path)
    query = KIND_OF_QUERY[Database.NOMINALS].model_validate(
        {**WHO_ASKS, "family_name": "Valdes77", "forenames": "Tomasa", "birth_date": "1971-03-09"}
    )
    found = []
    for _ in range(2):
        backend = OfflineCopyBackend.open(settings)
        with pytest.raises(ConfigurationError, match="Another bridge"):
            OfflineCopyBackend.open(settings)
        wait_until(lambda backend=backend: _answers(backend))  # type: ignore[misc]
        found.append(backend.ask(Question(Database.NOMINALS, query)).records)
        backend.close()
    assert len(list((tmp_path / "data" / "copy-index").glob("*.listindex"))) == 1
    assert found[0] == found[1]
    assert found[0][0].match_type == "exact"


def test_without_a_folder_or_a_key_it_is_not_opened(tmp_path: Path) -> None:
    for settings in (Settings(copy_folder=tmp_path), Settings(copy_key=tmp_path / "reading.key")):
        with pytest.raises(ConfigurationError, match="copy_folder and copy_key"):
            OfflineCopyBackend.open(settings)


def _overwrite(path: Path, content: bytes) -> None:
    """In the same file, which the copy has open."""
    with path.open("r+b") as file:
        file.write(content)


def _answered(backend: OfflineCopyBackend, number: str) -> bool:
    try:
        return bool(backend.ask(asked(number)).records)
    except NotAnswered:
        return False


def _answers(backend: OfflineCopyBackend) -> bool:
    try:
        backend.probe()
    except NotAnswered:
        return False
    return True


class TestCommand:
    """``interpol-bridge copy``, from new keys to a copy that was updated."""

    def run(self, *arguments: object, fails: bool = False) -> str:
        result = RUNNER.invoke(app, ["copy", *map(str, arguments)])
        assert result.exit_code == (2 if fails else 0), result.output
        return result.output

    def test_from_keys_to_an_updated_copy(self, tmp_path: Path) -> None:
        self.run("new-keys", "--out", tmp_path)
        making, reading = tmp_path / "copy-making.key", tmp_path / "copy-reading.key"
        assert oct(making.stat().st_mode & 0o777) == oct(reading.stat().st_mode & 0o777) == "0o600"
        self.run("new-keys", "--out", tmp_path, fails=True)
        vehicles, sltd = tmp_path / "smv.csv", tmp_path / "sltd.csv"
        vehicles.write_text("vin;plate;plate_country;make\n1M8GDM9AXKP042788;UT 1;UTO;Toyota\n")
        today = datetime.now(UTC).date()
        for place, day in enumerate((today - timedelta(days=1), today)):
            sltd.write_text(
                "number,issuing_state,type,reason\n" + "".join(f"A{n},UTO,P,lost\n" for n in range(500 + place))
            )
            made = self.run(
                "build",
                "--sltd",
                sltd,
                "--smv",
                vehicles,
                "--as-of",
                day,
                "--key",
                making,
                "--out",
                tmp_path / str(place),
            )
            assert f"sltd: {500 + place} records" in made
        self.run("delta", tmp_path / "0", tmp_path / "1", "--key", making, "--out", tmp_path / "delta")
        assert "made for the copy" in self.run("info", tmp_path / "delta", "--key", reading)
        self.run("update", tmp_path / "0", tmp_path / "delta", "--key", reading)
        assert "The copy is whole" in self.run("verify", tmp_path / "0", "--key", reading)
        assert f"as of: {today}" in self.run("info", tmp_path / "0", "--key", reading)

    def test_what_is_wrong_is_said_in_a_line(self, tmp_path: Path) -> None:
        self.run("new-keys", "--out", tmp_path)
        making, reading = tmp_path / "copy-making.key", tmp_path / "copy-reading.key"
        build = ("build", "--key", making, "--out", tmp_path / "copy")
        assert "no copy" in self.run("info", tmp_path / "copy", "--key", reading, fails=True)
        assert "zone" in self.run(*build, "--as-of", "2026-11-20T10:00", fails=True)
        assert "at least one file" in self.run(*build, "--as-of", "2026-11-20", fails=True)
        assert "format and the file" in self.run(*build, "--as-of", "2026-11-20", "--persons", "x.csv", fails=True)
        assert "no such key" in self.run("info", tmp_path / "copy", "--key", making, fails=True)
        os.truncate(reading, 0)
        assert "no such key" in self.run("verify", tmp_path / "copy", "--key", reading, fails=True)
