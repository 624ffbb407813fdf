"""Questions as the XML that the mapping describes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from lxml import etree

from crossing.ports.bridge import Database, NotCheckedReason
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.backends.gateway.access import Credentials
from interpol_bridge.backends.gateway.mapping import Mapping, WrittenField
from interpol_bridge.backends.gateway.xml import Element, Schema
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.questions import Question

NAME = r"(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*"
STEP = re.compile(rf"(?P<name>{NAME})(?:\[@(?P<attribute>{NAME})='(?P<value>[^'<]*)'\])?(?:/|$)", re.ASCII)
ATTRIBUTE = re.compile(rf"@(?P<name>{NAME})$", re.ASCII)

NAMED_BY: Final[dict[Database, frozenset[str]]] = {
    Database.SLTD: frozenset({"document_number"}),
    Database.TDAWN: frozenset({"document_number"}),
    Database.NOMINALS: frozenset({"family_name"}),
    Database.SMV: frozenset({"vin", "plate"}),
}
"""What tells whom or what is asked about: without any of them a question is about nobody."""

NARROWING: Final = frozenset({"issuing_state", "plate_country"}).union(*NAMED_BY.values())
"""Fields without which a question would be about another document or vehicle, or nobody."""


@dataclass(frozen=True, slots=True)
class Step:
    """An element on the way, with the attribute that tells it from its brothers where one is named."""

    tag: str
    attribute: str = ""
    value: str = ""

    def child_of(self, parent: Element) -> Element:
        """The last such child, made where there is none."""
        for child in reversed(parent):
            if child.tag == self.tag and (not self.attribute or child.get(self.attribute) == self.value):
                return child
        return self.mark(etree.SubElement(parent, self.tag))

    def mark(self, element: Element) -> Element:
        if self.attribute:
            element.set(self.attribute, self.value)
        return element


@dataclass(frozen=True, slots=True)
class WritePath:
    """Where a text is written: steps from the root element on, and an attribute of the last one if named."""

    steps: tuple[Step, ...]
    attribute: str

    @classmethod
    def of(cls, text: str, namespaces: dict[str, str]) -> Self:
        """:raises ConfigurationError: ``text`` is no such path, or uses a prefix without a namespace"""
        steps: list[Step] = []
        position = 0
        while found := STEP.match(text, position):
            own = found["attribute"]
            attribute = _qualified(own, namespaces, text) if own else ""
            steps.append(Step(_qualified(found["name"], namespaces, text), attribute, found["value"] or ""))
            position = found.end()
        last = ATTRIBUTE.match(text, position)
        if not steps or (position < len(text) and not last) or (text.endswith("/")):
            raise ConfigurationError(f"{text!r} is no path to write to, such as f:Search/f:Header/@version.")
        return cls(tuple(steps), _qualified(last["name"], namespaces, text) if last else "")

    def element_in(self, root: Element) -> Element:
        element = root
        for step in self.steps[1:]:
            element = step.child_of(element)
        return element

    def put(self, root: Element, text: str) -> None:
        element = self.element_in(root)
        if self.attribute:
            element.set(self.attribute, text)
        else:
            element.text = text


class RequestWriter:
    """Writes the requests of one kind: a root element and the fields of the mapping in their order.

    :raises ConfigurationError: a path can't be written to, two fields share one, or they don't share one root
    """

    def __init__(
        self,
        where: str,
        mapping: Mapping,
        fields: Sequence[WrittenField],
        schema: Schema | None,
        *,
        named_by: frozenset[str] = frozenset(),
    ) -> None:
        """``named_by``: of these sources at least one has to be written."""
        self._mapping = mapping
        self._dates = mapping.dates.patterns
        self._schema = schema
        self._named_by = named_by
        self._payload = WritePath.of(mapping.request.payload, mapping.namespaces)
        self._fields = [(WritePath.of(field.to, mapping.namespaces), field) for field in fields]
        paths = [path for path, _ in self._fields]
        if len(set(paths)) != len(paths):
            raise ConfigurationError(f"{where}: two fields are written to the same place.")
        validated = [self._payload] if schema else []
        if len({path.steps[0] for path in [*paths, *validated]}) != 1:
            raise ConfigurationError(f"{where}: the fields, and the payload, need one root element that they share.")

    def write(self, sources: dict[str, str]) -> bytes:
        """The request as UTF-8.

        :raises NotAnswered: UNSUPPORTED where the interface can't carry the question
        """
        first = self._fields[0][0].steps[0]
        root = first.mark(etree.Element(first.tag, nsmap=dict(self._mapping.namespaces)))
        written: set[str | None] = set()
        try:
            for path, field in self._fields:
                if text := self._text(field, sources):
                    path.put(root, text)
                    written.add(field.source)
        except ValueError:
            raise NotAnswered(NotCheckedReason.UNSUPPORTED, "a character that XML can't carry") from None
        if self._named_by and not self._named_by & written:
            raise NotAnswered(NotCheckedReason.UNSUPPORTED, "the mapping carries nothing that is asked about")
        if self._schema and (problem := self._schema.problem(self._payload.element_in(root))):
            raise NotAnswered(NotCheckedReason.UNSUPPORTED, f"the request breaks its schema: {problem}")
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)

    def _text(self, field: WrittenField, sources: dict[str, str]) -> str:
        if field.source is None:
            return field.constant or ""
        text = sources.get(field.source, "")
        if field.source == "birth_date":
            text = self._dates.write(text)
        text = text[: field.first]
        if field.values is not None:
            theirs = self._mapping.to_theirs(field.values, text)
            if text and not theirs and field.source in NARROWING:
                raise NotAnswered(NotCheckedReason.UNSUPPORTED, f"no word of theirs for this {field.source}")
            text = theirs
        return text.upper() if field.upper else text


def sources_of(question: Question, credentials: Credentials) -> dict[str, str]:
    """Everything that a field may be written from, by name."""
    asked = {name: value or "" for name, value in question.asked_data.items()}
    query = question.query
    year, month, day = [*asked.get("birth_date", "").split("-"), "", ""][:3]
    parts = {"birth_date.year": year, "birth_date.month": month, "birth_date.day": day}
    return (
        asked
        | parts
        | credentials.named
        | {
            "request_id": str(query.request_id),
            "database": str(question.database),
            "officer": query.officer,
            "post": query.post,
            "purpose": query.purpose,
            "legal_basis": query.legal_basis,
        }
    )


def _qualified(name: str, namespaces: dict[str, str], path: str) -> str:
    prefix, colon, local = name.rpartition(":")
    if colon and prefix not in namespaces:
        raise ConfigurationError(f"{path!r}: the prefix {prefix!r} has no namespace.")
    return f"{{{namespaces[prefix]}}}{local}" if colon else local
