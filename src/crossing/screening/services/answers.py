"""From a service's answer to what an officer is told. Nothing is clear but what the answer itself calls clear.

====================================================================  =========================================
the answer                                                            the check
====================================================================  =========================================
is no JSON, or an expression can't be evaluated on it                 NOT_CHECKED, ``malformed_answer``
has entries, one of them certain                                      HIT, whatever else it says
has entries                                                           POSSIBLE, whatever else it says
has entries, and none of them has a reference                         NOT_CHECKED, ``malformed_answer``
has none, and says by one of ``failed`` that the service failed       NOT_CHECKED, that one's reason
has none, and ``clear`` is not exactly true                           NOT_CHECKED, ``malformed_answer``
has none, ``clear`` is true, the list's date is older than allowed    NOT_CHECKED, ``list_expired``
has none, ``clear`` is true, an age is set and the date lies ahead    NOT_CHECKED, ``malformed_answer``
has none, ``clear`` is true                                           CLEAR
====================================================================  =========================================

An entry that can't be read beside others that can is counted with the last of these as one that is not shown.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from crossing.screening.schemas import HITS_LEFT_OUT, CheckOutcome, Explanation, HitDetail, Reason
from crossing.screening.services.description import Answering, HitFields
from crossing.screening.services.expressions import CannotEvaluate, JmesPath, Json

MAX_ENTRIES: Final = 1000
"""Entries of one answer that are looked at; of more it is told how many there are."""

AHEAD_AT_MOST: Final = timedelta(days=1)
"""A date without a time of day may be tomorrow's where the service stands. Further ahead it tells no age."""

MAX_EXPLANATIONS: Final = 10
_LABEL, _REFERENCE, _TEXT, _VERSION = 300, 100, 500, 64


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says. ``reason`` stands with NOT_CHECKED alone, ``hits`` with HIT and POSSIBLE, best first."""

    outcome: CheckOutcome
    reason: Reason | None = None
    hits: tuple[HitDetail, ...] = ()
    as_of: datetime | None = None
    version: str = ""


class _Entry(NamedTuple):
    certain: bool
    hit: HitDetail


class _NotAsAgreed(ValueError):
    """The answer is not what the description says of it."""


def parsed(content: bytes) -> Json:
    """The JSON document in ``content`` (UTF-8). Raises ValueError for anything else, NaN and infinity among it."""
    try:
        return json.loads(content.decode(), parse_constant=_refuse)
    except RecursionError as deep:
        raise ValueError("nested too deeply") from deep


def read(document: Json, answering: Answering, *, source_name: str, now: datetime) -> Said:
    """What ``document`` says by the description. Never raises for what a document holds."""
    try:
        return _read(document, answering, source_name, now)
    except (CannotEvaluate, _NotAsAgreed):
        return not_checked(Reason.MALFORMED_ANSWER)


def not_checked(reason: Reason) -> Said:
    return Said(CheckOutcome.NOT_CHECKED, reason)


def _read(document: Json, answering: Answering, source_name: str, now: datetime) -> Said:
    failed = next((one.as_reason for one in answering.failed if _is_something(one.when.of(document))), None)
    found = _found(document, answering, failed)
    if not found and failed is not None:
        return not_checked(failed)
    as_of, version = _date(document, answering.as_of), _line(_value(document, answering.version), _VERSION)
    if found:
        entries = _entries(found, answering.hit, source_name)
        outcome = CheckOutcome.HIT if any(one.certain for one in entries) else CheckOutcome.POSSIBLE
        return Said(outcome, hits=tuple(one.hit for one in entries), as_of=as_of, version=version)
    if answering.clear.of(document) is not True or (answering.as_of is not None and as_of is None):
        raise _NotAsAgreed
    if as_of is not None and answering.max_age_days is not None and as_of - now > AHEAD_AT_MOST:
        raise _NotAsAgreed
    if _is_too_old(as_of, answering.max_age_days, now):
        return Said(CheckOutcome.NOT_CHECKED, Reason.LIST_EXPIRED, as_of=as_of, version=version)
    return Said(CheckOutcome.CLEAR, as_of=as_of, version=version)


def _found(document: Json, answering: Answering, failed: Reason | None) -> list[Json]:
    """The entries as they stand. Where the service says that it failed there need not be any place for them."""
    try:
        found = answering.hits.of(document)
    except CannotEvaluate:
        found = None
        if failed is None:
            raise
    if isinstance(found, list):
        return found
    if found is None or failed is not None:
        return []
    raise _NotAsAgreed


def _entries(found: Sequence[Json], fields: HitFields, source_name: str) -> list[_Entry]:
    """The entries that can be read, certain ones first; the last says how many others there are."""
    entries = [one for entry in found[:MAX_ENTRIES] if (one := _entry(entry, fields, source_name)) is not None]
    if not entries:
        raise _NotAsAgreed
    entries.sort(key=lambda one: (one.certain, one.hit.score), reverse=True)
    if others := len(found) - len(entries):
        last = entries[-1]
        told = (*last.hit.explanations, Explanation(code=HITS_LEFT_OUT, params={"count": others}))
        entries[-1] = _Entry(last.certain, last.hit.model_copy(update={"explanations": told}))
    return entries


def _entry(entry: Json, fields: HitFields, source_name: str) -> _Entry | None:
    """None for an entry without a reference. What else of it can't be read is left open: it stops somebody anyway."""
    reference = _line(_part(entry, fields.reference), _REFERENCE)
    if not reference:
        return None
    score = _score(_part(entry, fields.score), fields.score_range)
    certain = _part(entry, fields.certain) is True
    hit = HitDetail(
        list_name=_line(_part(entry, fields.list_name), _LABEL) or source_name,
        entry_reference=reference,
        label=_line(_part(entry, fields.label), _LABEL) or reference,
        score=float(certain) if score is None else score,
        explanations=tuple(_explanations(entry, fields, score)),
        action=_line(_part(entry, fields.action), _TEXT),
        caution=_line(_part(entry, fields.caution), _TEXT),
    )
    return _Entry(certain, hit)


def _explanations(entry: Json, fields: HitFields, score: float | None) -> Iterator[Explanation]:
    if score is not None:
        yield Explanation(code="scored_by_service", params={"percent": int(score * 100)})
    said = _part(entry, fields.explanations)
    texts = said if isinstance(said, list) else [said]
    for text in [line for one in texts if (line := _line(one, _TEXT))][:MAX_EXPLANATIONS]:
        yield Explanation(code="said_by_source", params={"text": text})


def _is_something(value: Json) -> bool:
    """What JMESPath takes for true."""
    return value is not None and value is not False and value not in ("", [], {})


def _value(document: Json, expression: JmesPath | None) -> Json:
    return None if expression is None else expression.of(document)


def _part(entry: Json, expression: JmesPath | None) -> Json:
    """The same of an entry, null also where the expression does not fit it."""
    try:
        return _value(entry, expression)
    except CannotEvaluate:
        return None


def _line(value: Json, longest: int) -> str:
    """A text or a number as one line without blanks around it; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    # JSON may escape half a character, which no database keeps.
    text = str(value).encode("utf-8", "replace").decode()
    return " ".join(text.split())[:longest]


def _score(value: Json, ends: tuple[float, float]) -> float | None:
    """Between 0 and 1, from a number between the two ends; None where the service gives none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    low, high = ends
    share = (max(low, min(high, value)) - low) / (high - low)
    return round(share, 4) if math.isfinite(share) else None


def _date(document: Json, expression: JmesPath | None) -> datetime | None:
    """An ISO 8601 date or time, or seconds since 1970; a day begins at midnight UTC. None where it is none."""
    value = _value(document, expression)
    try:
        if isinstance(value, str):
            told = datetime.fromisoformat(value.strip())
            return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _is_too_old(as_of: datetime | None, days: int | None, now: datetime) -> bool:
    return as_of is not None and days is not None and now - as_of > timedelta(days=days)


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON")
