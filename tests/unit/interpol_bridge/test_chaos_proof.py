"""The reader that examines a storm finds what was made up, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.interpol_bridge.chaos.plan import Asked
from tests.integration.interpol_bridge.chaos.proof import examine

QUESTION = Asked({"database": "sltd", "document": {"request_id": "one"}}, reference="SLTD-1", in_copy=True)
CLEAN = Asked({"database": "sltd", "document": {"request_id": "one"}}, reference=None, in_copy=False)


BEFORE, AT, AFTER = (f"2025-05-01T12:00:0{second}+00:00" for second in (0, 1, 2))


def said(
    *references: str,
    fault: str = "none",
    truthful: bool = True,
    whole: bool = True,
    at: str = BEFORE,
    of_a_copy: bool = False,
) -> list[dict[str, Any]]:
    asked = {
        "event": "asked",
        "at": at,
        "call": "c",
        "request_id": "one",
        "references": list(references),
        "fault": fault,
        "copy_as_of": BEFORE if of_a_copy else None,
    }
    return [asked, {"event": "answered", "call": "c", "truthful": truthful, "whole": whole}]


def told(outcome: str, *references: str, mode: str = "online", recheck: bool = False) -> dict[str, Any]:
    reason = "timeout" if outcome == "not_checked" else None
    return {
        "event": "answer",
        "at": AT,
        "request_id": "one",
        "outcome": outcome,
        "mode": mode,
        "recheck": recheck,
        "not_checked_reason": reason,
        "online_reason": None,
        "hits": [{"record_reference": reference} for reference in references],
    }


def wrong(
    tmp_path: Path,
    question: Asked,
    log: list[dict[str, Any]],
    notes: list[dict[str, Any]],
    *,
    with_copy: bool = True,
) -> str:
    for name, lines in (("log", log), ("notes", notes)):
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return "\n".join(examine(tmp_path / "log", tmp_path / "notes", [question], with_copy=with_copy).wrong)


def test_answers_that_stand_on_what_was_said_are_right(tmp_path: Path) -> None:
    late = [
        told("not_checked", recheck=True),
        told("hit", "C", mode="offline_copy", recheck=True),
        told("hit", "SLTD-1"),
    ]

    assert wrong(tmp_path, CLEAN, said(), [told("no_hit")]) == ""
    assert wrong(tmp_path, QUESTION, said("SLTD-1"), late) == ""
    assert wrong(tmp_path, CLEAN, said()[:1], [told("no_hit")]) == ""


@pytest.mark.parametrize(
    "log",
    [
        [],
        said(fault="wrong_shape", truthful=False),
        said(fault="hang", whole=False),
        said(fault="html")[:1],
        said("SLTD-1"),
        said(at=AFTER),
        said(of_a_copy=True),
    ],
    ids=["never asked", "a lie", "cut off", "killed over a lie", "there was a record", "only later", "by a copy"],
)
def test_no_hit_without_a_true_empty_answer_is_found(tmp_path: Path, log: list[dict[str, Any]]) -> None:
    assert "nobody said so" in wrong(tmp_path, CLEAN, log, [told("no_hit")])


@pytest.mark.parametrize(
    ("question", "notes", "what"),
    [
        (CLEAN, [], "never answered"),
        (CLEAN, [told("not_checked")], "ends with not_checked"),
        (CLEAN, [told("no_hit", mode="offline_copy", recheck=True)], "ends with no_hit offline_copy"),
        (CLEAN, [told("no_hit", mode="offline_copy"), told("no_hit")], "without a re-check"),
        (QUESTION, [told("no_hit", mode="offline_copy", recheck=True)], "nobody said so"),
        (QUESTION, [told("no_hit", "SLTD-1")], "contradicts itself"),
        (QUESTION, [told("hit")], "contradicts itself"),
        (QUESTION, [told("no_hit")], "the hit on SLTD-1 never came"),
    ],
)
def test_an_end_that_is_none_is_found(
    tmp_path: Path, question: Asked, notes: list[dict[str, Any]], what: str
) -> None:
    assert what in wrong(tmp_path, question, said(), notes)


def test_without_a_copy_of_the_bridges_a_copys_answer_stands_on_the_bureaus(tmp_path: Path) -> None:
    notes = [told("no_hit", mode="offline_copy", recheck=True), told("no_hit")]

    assert "offline_copy [], nobody said so" in wrong(tmp_path, CLEAN, said(), notes, with_copy=False)
    assert "offline_copy [], nobody said so" not in wrong(
        tmp_path, CLEAN, said(of_a_copy=True), notes, with_copy=False
    )
