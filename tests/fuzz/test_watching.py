"""The fuzzing finds what it says it finds: each fault is planted once, and found with the input that shows it."""

from pathlib import Path

import pytest
from tools.fuzz.findings import target_of
from tools.fuzz.watching import Run, Summary, watch

from tests.fuzz.planted import HARMFUL


def watched(target: str, folder: Path) -> Summary:
    return watch(Run(f"tests.fuzz.planted:{target.upper()}", folder, seconds=1.5, engine="mutation", seed=1))


@pytest.mark.parametrize(
    ("target", "trouble", "said"),
    [
        ("raises", "crash", "LookupError"),
        ("spins", "hang", "processor seconds on one input"),
        ("swells", "memory", "MB"),
        ("dies", "death", "SIGSEGV"),
    ],
)
def test_a_fault_is_found_with_its_input(target: str, trouble: str, said: str, tmp_path: Path) -> None:
    summary = watched(target, tmp_path)

    assert summary.findings
    for finding in summary.findings:
        assert finding.name.startswith(f"{target}-{trouble}-")
        assert finding.read_bytes() == HARMFUL
        assert said in finding.with_suffix(".txt").read_text(encoding="utf-8")
        assert target_of(finding) == target


def test_sound_code_gives_no_finding_and_is_counted(tmp_path: Path) -> None:
    summary = watched("holds", tmp_path)

    assert summary.findings == ()
    assert summary.tally.inputs > 100
    assert summary.tally.failed == 0
    assert summary.tally.peak_mb > 1


def test_what_hangs_is_shown_with_its_stack(tmp_path: Path) -> None:
    watched("spins", tmp_path)

    assert "_spin" in (tmp_path / "log").read_text(encoding="utf-8")
