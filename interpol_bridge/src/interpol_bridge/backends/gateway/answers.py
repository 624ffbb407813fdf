"""The bureau's XML as records, as the mapping says. What can't be trusted raises; a new word costs no hit."""

import math
from datetime import datetime

from pydantic import ValidationError

from crossing.ports.bridge import Database, FraudType, Mode, NotCheckedReason, NoticeColour
from interpol_bridge.backends.base import Finding, NotAnswered, Record, Source
from interpol_bridge.backends.gateway.mapping import AnswerPlaces, Mapping, Place
from interpol_bridge.backends.gateway.xml import Condition, Element, Schema, XPath
from interpol_bridge.questions import Question

SCORE_OF_MATCH = {"exact": 1.0, "twin": 0.9, "fuzzy": 0.5}
"""The score of a record without one that can be read."""

OWNER_LETTERS = 64
WORD_LETTERS = 40


class FaultReader:
    """Finds the fault that a service sends in the place of an answer."""

    def __init__(self, where: str, answer: AnswerPlaces, namespaces: dict[str, str]) -> None:
        self._element = XPath(f"{where}.fault.element", answer.fault.element, namespaces)
        self._code = XPath(f"{where}.fault.code", answer.fault.code, namespaces)
        self._reasons = {code.casefold(): reason for code, reason in answer.fault.codes.items()}

    def read(self, root: Element, otherwise: NotCheckedReason) -> NotAnswered | None:
        """The fault of a document; one with a code that is not listed has the reason ``otherwise``."""
        faults = self._element.elements(root)
        if not faults:
            return None
        reason = self._reasons.get(self._code.text(faults[0]).casefold())
        return NotAnswered(reason or otherwise, "a fault" if reason else "a fault with a code that is not mapped")


class AnswerReader:
    """Reads the answers of one database.

    :raises ConfigurationError: an XPath of the mapping can't be used
    """

    def __init__(self, where: str, mapping: Mapping, database: Database, schema: Schema | None) -> None:
        places = mapping.answer_of(database)
        self._schema = schema
        self._limit = mapping.limits.records
        self._payload = XPath(f"{where}.payload", places.payload, mapping.namespaces)
        self._request_id = XPath(f"{where}.request_id", places.request_id, mapping.namespaces)
        self._database = _Reader(f"{where}.database", places.database, mapping)
        self._total = XPath(f"{where}.total", places.total, mapping.namespaces)
        self._nothing_found = Condition(f"{where}.nothing_found", places.nothing_found, mapping.namespaces)
        self._copy_as_of = XPath(f"{where}.copy_as_of", places.copy_as_of, mapping.namespaces)
        self._records = XPath(f"{where}.records", places.records, mapping.namespaces)
        self._record = RecordReader(f"{where}.record", mapping, database)

    def read(self, root: Element, question: Question) -> Finding:
        """The records of an answer to ``question``, best first.

        :raises NotAnswered: MALFORMED_ANSWER where it is not of the agreed shape, or to another question
        """
        payload = self._payload.elements(root)
        if len(payload) != 1:
            raise malformed("it is no answer")
        if self._schema and (problem := self._schema.problem(payload[0])):
            raise malformed(f"it breaks its schema: {problem}")
        if self._request_id and self._request_id.text(root).casefold() != str(question.query.request_id):
            raise malformed("it is to another question")
        if self._database and self._database.ours(root) != question.database:
            raise malformed("it is of another database")
        elements = self.records_in(root)
        total = self._matching(root, len(elements))
        return Finding(source_of(self._copy_as_of.text(root)), self._kept(elements, question.database, total))

    def records_in(self, root: Element) -> list[Element]:
        return self._records.elements(root)

    def _matching(self, root: Element, sent: int) -> int:
        """How many records match, of which ``sent`` were sent."""
        if self._nothing_found and self._nothing_found.is_true(root) != (sent == 0):
            raise malformed("whether something was found is not what its records say")
        if not self._total:
            return sent
        text = self._total.text(root)
        total = int(text) if text.isascii() and text.isdigit() else -1
        if total < sent or (total > 0 and sent == 0):
            raise malformed("the number of records is not the one it states")
        return total

    def _kept(self, elements: list[Element], database: Database, total: int) -> tuple[Record, ...]:
        """The best records, each once."""
        distinct: dict[str, Record] = {}
        for element in elements:
            record = self._record.read(element, database)
            if distinct.setdefault(record.record_reference, record) != record:
                raise malformed("two records share one reference")
        best = sorted(distinct.values(), key=lambda record: -record.score)[: self._limit]
        more = total - len(elements) + len(distinct) - len(best)
        if not more:
            return tuple(best)
        said = f"{more} more records match"
        return tuple(one.model_copy(update={"explanations": (*one.explanations, said)}) for one in best)


class RecordReader:
    """Reads one record of an answer."""

    def __init__(self, where: str, mapping: Mapping, database: Database) -> None:
        places = mapping.answer_of(database).record
        named = {name: getattr(places, name) for name in type(places).model_fields if name not in {"score", "fields"}}
        self._places = {name: _Reader(f"{where}.{name}", place, mapping) for name, place in named.items()}
        self._fields = {name: _Reader(f"{where}.fields.{name}", at, mapping) for name, at in places.fields.items()}
        self._score = XPath(f"{where}.score", places.score.path, mapping.namespaces)
        self._lowest, self._highest = places.score.lowest, places.score.highest

    def read(self, element: Element, database: Database) -> Record:
        """:raises NotAnswered: MALFORMED_ANSWER where it has no reference or is of another database"""
        at = self._places
        if at["database"] and at["database"].ours(element) != database:
            raise malformed("a record is of another database")
        notes: list[str] = []
        match_type = self._known("match", element, "match type", notes) or "fuzzy"
        fraud_type = self._known("fraud_type", element, "fraud type", notes)
        colour = self._known("notice_colour", element, "notice colour", notes)
        score = self._score_of(element, match_type, notes)
        fields = {name: reader.shown(element) for name, reader in self._fields.items()}
        try:
            return Record.model_validate(
                {
                    "record_reference": at["reference"].theirs(element),
                    "owner_bureau": at["owner"].theirs(element)[:OWNER_LETTERS],
                    "match_type": match_type,
                    "score": score,
                    "explanations": (*at["explanations"].all_theirs(element), *notes),
                    "fields": {name: text for name, text in fields.items() if text},
                    "fraud_type": FraudType(fraud_type) if fraud_type else None,
                    "notice_colour": NoticeColour(colour) if colour else None,
                    "action": at["action"].theirs(element),
                    "caution": at["caution"].theirs(element),
                }
            )
        except ValidationError:
            raise malformed("a record has no reference, or one that is too long") from None

    def _known(self, name: str, element: Element, called: str, notes: list[str]) -> str | None:
        """Our word for theirs. One that is not in its table is told, so that the hit stays."""
        theirs = self._places[name].theirs(element)
        ours = self._places[name].ours(element)
        if theirs and ours is None:
            notes.append(f"{called} not known: {theirs[:WORD_LETTERS]}")
        return ours

    def _score_of(self, element: Element, match_type: str, notes: list[str]) -> float:
        text = self._score.text(element)
        if not text:
            return SCORE_OF_MATCH[match_type]
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not self._lowest <= value <= self._highest:
            notes.append("score not readable")
            return SCORE_OF_MATCH[match_type]
        return (value - self._lowest) / (self._highest - self._lowest)


class _Reader:
    """One place of an answer, with what translates it."""

    def __init__(self, where: str, place: Place, mapping: Mapping) -> None:
        self._xpath = XPath(where, place.path, mapping.namespaces)
        self._place = place
        self._mapping = mapping
        self._dates = mapping.dates.patterns

    def __bool__(self) -> bool:
        return bool(self._xpath)

    def theirs(self, node: Element) -> str:
        return self._xpath.text(node)

    def all_theirs(self, node: Element) -> list[str]:
        return self._xpath.texts(node)

    def ours(self, node: Element) -> str | None:
        """The text in our words; None where it is empty or not one of theirs."""
        text = self.theirs(node)
        if not text or self._place.values is None:
            return text or None
        return self._mapping.to_ours(self._place.values, text)

    def shown(self, node: Element) -> str:
        """The text in our words as far as there are any, and as it was sent otherwise."""
        text = self.theirs(node)
        if self._place.date:
            return self._dates.read(text) or text
        return self.ours(node) or text


def source_of(copy_as_of: str) -> Source:
    """Where an answer comes from: the databases themselves, or the service's copy of the instant that it states.

    :raises NotAnswered: MALFORMED_ANSWER where that is no instant
    """
    if not copy_as_of:
        return Source(Mode.ONLINE)
    try:
        instant = datetime.fromisoformat(copy_as_of)
    except ValueError:
        raise malformed("its copy is of no date") from None
    if instant.tzinfo is None:
        raise malformed("its copy's date has no time zone")
    return Source(Mode.OFFLINE_COPY, instant)


def malformed(detail: str) -> NotAnswered:
    return NotAnswered(NotCheckedReason.MALFORMED_ANSWER, detail)
