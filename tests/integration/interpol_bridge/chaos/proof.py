"""What holds, read from the simulator's log and the client's notes alone; nothing here knows how the bridge works."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .plan import Asked

TRUE_FAULTS: Final = frozenset({"none", "hang", "trickle"})
"""Of an answer that nobody saw the end of: what would have been true, had it left."""


@dataclass
class Findings:
    """``wrong`` names every answer that should not have been given; the counters say what was met."""

    wrong: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    rechecked: int = 0
    late_hits: int = 0
    cut_short: int = 0
    """True answers that the simulator was killed over: what left of them is known to the bridge alone."""


def examine(asked_log: Path, notes: Path, asked: Iterable[Asked]) -> Findings:
    """Compare what the client was told with what the simulator said.

    - NO_HIT online stands on a true answer without records, sent whole, to that request id; HIT online names its
      records.
    - NO_HIT of the copy is of somebody the copy hasn't got.
    - Every question ends with an answer from online, and with the record that it is about.
    """
    findings = Findings()
    said = _true_answers(asked_log, findings)
    told = _told(notes, findings)
    for question in asked:
        answers = told.get(question.request_id, [])
        for answer in answers:
            findings.wrong += _unfounded(question, answer, said.get(question.request_id, []))
        findings.wrong += _unfinished(question, answers)
        findings.rechecked += any(answer["outcome"] == "not_checked" or answer["recheck"] for answer in answers)
        findings.late_hits += question.reference is not None and bool(answers) and not answers[0]["hits"]
    return findings


def _lines(path: Path) -> list[dict[str, Any]]:
    """Every line but a last one that a kill left half written."""
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
    return lines


def true_answers(asked_log: Path) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Every question that was answered truly, with the references of its answer, where all of it left.

    One that the simulator did not live to finish counts too: what left of it is known to the bridge alone.
    """
    lines = _lines(asked_log)
    ended = {line["call"]: line for line in lines if line["event"] == "answered"}
    for line in lines:
        if line["event"] != "asked":
            continue
        end = ended.get(line["call"])
        true = end["truthful"] and end["whole"] if end else line["fault"] in TRUE_FAULTS
        if true:
            yield line, line["references"]


def _true_answers(asked_log: Path, findings: Findings) -> dict[str, list[list[str]]]:
    """The references of every true answer that left whole, by request id."""
    lines = _lines(asked_log)
    ended = {line["call"] for line in lines if line["event"] == "answered"}
    asked = [line for line in lines if line["event"] == "asked"]
    findings.faults.update(line["fault"] for line in asked)
    findings.cut_short = sum(line["call"] not in ended and line["fault"] in TRUE_FAULTS for line in asked)
    said: dict[str, list[list[str]]] = defaultdict(list)
    for line, references in true_answers(asked_log):
        said[line["request_id"]].append(references)
    return said


def _told(notes: Path, findings: Findings) -> dict[str, list[dict[str, Any]]]:
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in _lines(notes):
        if line["event"] == "unanswered":
            findings.answers[f"unanswered: {line['why']}"] += 1
            continue
        told[line["request_id"]].append(line)
        mode = "" if line["outcome"] == "not_checked" else f" {line['mode']}"
        findings.answers[f"{line['outcome']}{mode}"] += 1
        for reason in (line["not_checked_reason"], line["online_reason"]):
            if reason:
                findings.reasons[reason] += 1
    return told


def _unfounded(question: Asked, answer: dict[str, Any], said: list[list[str]]) -> list[str]:
    references = sorted(hit["record_reference"] for hit in answer["hits"])
    where = f"{question.request_id}: {answer['outcome']} {answer['mode']}"
    if answer["outcome"] == "not_checked":
        return [f"{where} with hits"] if references else []
    if answer["mode"] == "online":
        return [] if any(sorted(one) == references for one in said) else [f"{where} {references}, nobody said so"]
    if answer["outcome"] == "no_hit" and question.in_copy:
        return [f"{where}, but the copy has it"]
    return [] if answer["recheck"] else [f"{where} without a re-check"]


def _unfinished(question: Asked, answers: list[dict[str, Any]]) -> list[str]:
    if not answers:
        return [f"{question.request_id}: never answered"]
    last = answers[-1]
    if last["outcome"] == "not_checked" or last["recheck"] or last["mode"] != "online":
        return [f"{question.request_id}: ends with {last['outcome']} {last['mode']}, recheck {last['recheck']}"]
    found = {hit["record_reference"] for hit in last["hits"]}
    if question.reference is not None and question.reference not in found:
        return [f"{question.request_id}: the hit on {question.reference} never came"]
    return []
