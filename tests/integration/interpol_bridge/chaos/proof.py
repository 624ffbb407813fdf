"""What holds, read from the simulator's log and the client's notes alone; nothing here knows how the bridge works."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from .plan import Asked

TRUE_FAULTS: Final = frozenset({"none", "hang", "trickle"})
"""Of an answer that nobody saw the end of: what would have been true, had it left."""

Ground = Literal["the databases", "the bureau's copy", "the bridge's copy", "nothing"]
"""Who said what an answer says."""


@dataclass
class Findings:
    """``wrong`` names every answer that should not have been given; the counters say what was met."""

    wrong: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    grounds: Counter[Ground] = field(default_factory=Counter)
    rechecked: int = 0
    late_hits: int = 0
    cut_short: int = 0
    """True answers that the simulator was killed over: what left of them is known to the bridge alone."""


@dataclass(frozen=True, slots=True)
class Said:
    """A true answer: the question came to the bureau at ``at``. ``from_copy``: the bureau had it from a copy."""

    at: datetime
    references: list[str]
    from_copy: bool


def examine(asked_log: Path, notes: Path, asked: Iterable[Asked], *, with_copy: bool) -> Findings:
    """Compare what the client was told with what the simulator said before. ``with_copy``: the bridge has one too.

    - NO_HIT online stands on a true answer of the databases themselves without records, sent whole, to that request
      id, which was asked before the client was told; HIT online names its records.
    - NO_HIT of the bridge's copy is of somebody the copy hasn't got; without one, it stands on the bureau's own copy.
    - Every question ends with an answer from online, and with the record that it is about.
    """
    findings = Findings()
    said = _true_answers(asked_log, findings)
    told = _told(notes, findings)
    for question in asked:
        answers = told.get(question.request_id, [])
        for answer in answers:
            until = datetime.fromisoformat(answer["at"])
            heard = [one for one in said.get(question.request_id, []) if one.at <= until]
            ground = _ground(question, answer, heard, with_copy=with_copy)
            findings.wrong += _unfounded(question, answer, ground)
            findings.grounds[ground] += answer["outcome"] != "not_checked"
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


def true_answers(asked_log: Path) -> Iterator[tuple[dict[str, Any], Said]]:
    """Every question that was answered truly, with its answer, where all of it left.

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
            at = datetime.fromisoformat(line["at"])
            yield line, Said(at, sorted(line["references"]), from_copy=line["copy_as_of"] is not None)


def _true_answers(asked_log: Path, findings: Findings) -> dict[str, list[Said]]:
    """The true answers that left whole, by request id."""
    lines = _lines(asked_log)
    ended = {line["call"] for line in lines if line["event"] == "answered"}
    asked = [line for line in lines if line["event"] == "asked"]
    findings.faults.update(line["fault"] for line in asked)
    findings.cut_short = sum(line["call"] not in ended and line["fault"] in TRUE_FAULTS for line in asked)
    said: dict[str, list[Said]] = defaultdict(list)
    for line, answer in true_answers(asked_log):
        said[line["request_id"]].append(answer)
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


def _ground(question: Asked, answer: dict[str, Any], heard: list[Said], *, with_copy: bool) -> Ground:
    """Who said it, given what the bureau had ``heard`` and truly answered until then."""
    references = _references(answer)
    online = answer["mode"] == "online"
    if any(one.references == references and one.from_copy != online for one in heard):
        return "the databases" if online else "the bureau's copy"
    # The bridge's own copy has other references than the databases.
    if not online and with_copy and bool(references) == question.in_copy:
        return "the bridge's copy"
    return "nothing"


def _unfounded(question: Asked, answer: dict[str, Any], ground: Ground) -> list[str]:
    """What is wrong with an answer."""
    references = _references(answer)
    where = f"{question.request_id}: {answer['outcome']} {answer['mode']} {references}"
    if (answer["outcome"] in ("no_hit", "not_checked")) != (not references):
        return [f"{where} contradicts itself"]
    if answer["outcome"] == "not_checked":
        return []
    if ground == "nothing":
        return [f"{where}, nobody said so"]
    return [] if ground == "the databases" or answer["recheck"] else [f"{where} without a re-check"]


def _references(answer: dict[str, Any]) -> list[str]:
    return sorted(hit["record_reference"] for hit in answer["hits"])


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
