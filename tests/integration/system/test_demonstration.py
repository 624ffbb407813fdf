"""The demonstration as a person starts it: one command, seven travellers, and what it says when it can't."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
import psutil
import pytest

from crossing.demo.processes import command
from crossing.demo.settings import PORTS
from tests.factories.portraits import MODELS
from tests.factories.processes import clean_environment
from tests.factories.serving import free_ports, listening
from tests.factories.waiting import wait_until

LOCAL: Final = {
    "document_validity",
    "face_match",
    "face_recent",
    "known_traveller",
    "document_list",
    "name_list",
    "face_list",
}
INTERPOL: Final = {"interpol_sltd", "interpol_nominals"}
CASES: Final = {
    "entry with a passport": "admitted",
    "exit of a known traveller": "admitted",
    "document reported stolen": "refused",
    "resident without a document": "admitted",
    "face of a missing person": "admitted",
    "bridge stopped": "admitted",
    "capital stopped": "admitted",
}
WITHIN_S: Final = 270
ENDED_WITHIN_S: Final = 20
"""What a killed process takes to be gone."""


class Demonstration:
    """``crossing demo`` in a process of its own; its output is read as it comes."""

    def __init__(self, folder: Path, *options: str, data: Path | None = None, base_port: int | None = None) -> None:
        self.data = data or folder / "demo"
        self.base_port = base_port or free_ports(PORTS)
        self._said = folder / "output.txt"
        with self._said.open("wb") as out:
            self.process = subprocess.Popen(
                [
                    command("crossing"),
                    "demo",
                    f"--data={self.data}",
                    f"--models={MODELS}",
                    f"--base-port={self.base_port}",
                    *options,
                ],
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=clean_environment({"PYTHONUNBUFFERED": "1"}),
                cwd=folder,
            )

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def family(self) -> list[psutil.Process]:
        """Every process that it started, their children too; none once it has ended."""
        try:
            return list(psutil.Process(self.process.pid).children(recursive=True))
        except psutil.NoSuchProcess:
            return []

    def left_behind(self) -> list[str]:
        """Every process of the machine, PostgreSQL's daemons too, whose command names this demonstration's folder."""
        commands = (" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"]))
        return [line for line in commands if str(self.data) in line and "pytest" not in line]

    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.data / "demo.json").read_text(encoding="utf-8"))
        return report


@contextmanager
def demonstration(folder: Path, *options: str, **where: Any) -> Iterator[Demonstration]:
    """A demonstration that leaves nothing running, whatever the test finds."""
    running = Demonstration(folder, *options, **where)
    family: list[psutil.Process] = []
    try:
        yield running
    finally:
        if running.process.poll() is None:
            family = running.family()
            running.process.send_signal(signal.SIGINT)
            try:
                running.process.wait(40)
            except subprocess.TimeoutExpired:
                running.process.kill()
                running.process.wait()
        for one in family:
            if one.is_running():
                one.kill()


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder outside of pytest's own, which the next test run would close to PostgreSQL's user."""
    with TemporaryDirectory(prefix="crossing-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def shown() -> Iterator[Demonstration]:
    """A demonstration that has told its story and stays up."""
    with (
        TemporaryDirectory(prefix="crossing-demo-", ignore_cleanup_errors=True) as folder,
        demonstration(Path(folder), "--stay") as running,
    ):
        wait_until(
            lambda: "Ctrl-C stops everything" in running.said or running.process.poll() is not None,
            within_s=WITHIN_S,
            what="the end of the story",
        )
        assert running.process.poll() is None, running.said
        yield running


@pytest.fixture(scope="module")
def travellers(shown: Demonstration) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shown.report()["travellers"]
    return found


@pytest.mark.timeout(360)
class TestItAll:
    """One run, looked at from every side: it takes most of a minute."""

    def test_seven_travellers_passed_each_as_the_story_says(self, travellers: list[dict[str, Any]]) -> None:
        assert {one["case"]: one["outcome"] for one in travellers} == CASES
        assert len({one["movement_id"] for one in travellers}) == 7

    def test_every_check_has_its_outcome_and_its_time(self, travellers: list[dict[str, Any]]) -> None:
        for one in travellers:
            kinds = {check["kind"] for check in one["checks"]}
            with_document = one["case"] != "resident without a document"
            assert kinds >= (
                LOCAL | INTERPOL if with_document else {"name_list", "face_list", "face_recent", "known_traveller"}
            )
            for check in one["checks"]:
                assert check["outcome"] in ("clear", "possible", "hit", "not_checked")
                assert check["ms"] >= 0
                assert bool(check["reason"]) is (check["outcome"] == "not_checked")

    def test_the_first_is_all_clear_with_a_stay_and_the_exit_is_paired_with_it(
        self, travellers: list[dict[str, Any]]
    ) -> None:
        entry, leaving = travellers[:2]
        assert {check["outcome"] for check in entry["checks"]} == {"clear"}
        assert entry["stay"]["regime"]
        assert entry["stay"]["until"]
        assert leaving["paired_entry"] == entry["movement_id"]

    def test_the_stolen_document_is_a_hit_and_is_refused_with_its_reason(
        self, travellers: list[dict[str, Any]]
    ) -> None:
        stolen = travellers[2]
        assert _outcomes(stolen, "interpol_sltd") == {"hit"}
        assert stolen["reason_code"] == "document_stolen_or_lost"

    def test_the_resident_passes_under_their_own_regime(self, travellers: list[dict[str, Any]]) -> None:
        assert travellers[3]["stay"]["regime"] == "border_resident"

    def test_the_missing_person_is_found_by_the_face_alone_and_handled_with_care(
        self, travellers: list[dict[str, Any]]
    ) -> None:
        missing = travellers[4]
        assert "possible" in _outcomes(missing, "face_list")
        assert "hit" not in {check["outcome"] for check in missing["checks"] if check["kind"] == "name_list"}
        assert missing["handling"]

    def test_without_the_bridge_nothing_is_called_clear_and_it_is_asked_again(
        self, travellers: list[dict[str, Any]]
    ) -> None:
        unanswered = travellers[5]
        assert _outcomes(unanswered, "interpol_sltd") == {"not_checked"}
        assert unanswered["not_checked_reason"] == "unreachable"
        assert unanswered["rescreened"]["outcome"] == "clear"

    def test_everything_arrived_at_the_capital(self, travellers: list[dict[str, Any]]) -> None:
        assert [one["replicated"] for one in travellers] == [True] * 7

    def test_what_a_document_needed_is_measured(self, shown: Demonstration, travellers: list[dict[str, Any]]) -> None:
        """How long is the benchmark's affair: here other tests may be at work beside it."""
        times = [one["local_answer_ms"] for one in travellers]
        assert all(0 < taken < 30_000 for taken in times)
        assert min(times) <= shown.report()["local_answer_ms_median"] <= max(times)
        assert shown.report()["startup_s"] > 0

    def test_an_analyst_finds_a_traveller_in_the_browsers_way(self, shown: Demonstration) -> None:
        """With the one-time code that is printed for visitors, over the API that the pages stand on."""
        code = next(line.split()[1] for line in shown.said.splitlines() if line.split()[:1] == ["analyst"])
        with httpx.Client(base_url=f"http://127.0.0.1:{shown.base_port + 4}", trust_env=False) as client:
            answer = client.post("/api/session", json={"login": "analyst", "secret": code})
            assert answer.status_code == 201, answer.text
            assert answer.json()["password_required"]

    def test_ctrl_c_stops_every_process_of_it(self, shown: Demonstration) -> None:
        """The last test of the class: afterwards nothing of the demonstration is left."""
        family = shown.family()
        assert len(family) >= 6, "capital, post, bridge, bureau, devices and agent"
        shown.process.send_signal(signal.SIGINT)
        assert shown.process.wait(60) == 0, shown.said
        assert shown.said.rstrip().endswith("Stopped.")
        assert psutil.wait_procs(family, timeout=ENDED_WITHIN_S)[1] == []
        assert shown.left_behind() == []
        for port in range(shown.base_port, shown.base_port + PORTS):
            listening(port).close()


def test_a_taken_port_is_told_in_one_line_and_nothing_is_touched(tmp_path: Path) -> None:
    base_port = free_ports(PORTS)
    with listening(base_port + 4), demonstration(tmp_path, base_port=base_port) as refused:
        assert refused.process.wait(30) == 1
        [*_, line] = refused.said.strip().splitlines()
    assert line.startswith(f"crossing demo: Port {base_port + 4} (capital) is taken by another program.")
    assert not refused.data.exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear friend")
    with demonstration(tmp_path, data=folder) as refused:
        assert refused.process.wait(30) == 1
        [*_, line] = refused.said.strip().splitlines()
    assert str(folder) in line
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    assert (folder / "letter.txt").read_text() == "Dear friend"


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "/initdb -D"),
        (signal.SIGTERM, "/postgres -D"),
        (signal.SIGHUP, "/interpol-bridge serve"),
    ],
    ids=["Ctrl-C while the database is made", "stopped while it starts", "terminal closed among the services"],
)
def test_stopped_while_it_starts_it_leaves_nothing_running(place: Path, number: signal.Signals, moment: str) -> None:
    with demonstration(place) as starting:
        wait_until(
            lambda: any(moment in line for line in starting.left_behind()), within_s=90, what=moment, passes=True
        )
        family = starting.family()
        starting.process.send_signal(number)
        starting.process.wait(60)
        assert psutil.wait_procs(family, timeout=ENDED_WITHIN_S)[1] == [], starting.said
        assert starting.left_behind() == []
        assert "Traceback" not in starting.said


def _outcomes(traveller: dict[str, Any], kind: str) -> set[str]:
    return {check["outcome"] for check in traveller["checks"] if check["kind"] == kind}
