"""XML from a stranger: read without DTD, entities, network or inclusion, within limits, and checked by a schema.

No text of this module quotes what it read: it reaches logs, and an answer holds personal data.
"""

import threading
from pathlib import Path
from typing import Any

from lxml import etree

from interpol_bridge.errors import ConfigurationError

Element = etree._Element  # the name that lxml's own types give it


class NotXml(Exception):
    """The bytes are not XML that is read here."""


def parse(body: bytes, *, depth: int) -> Element:
    """The root element of a document without a document type and with at most ``depth`` elements within elements.

    libxml2 is told to stop at the document type itself, before any entity of it is read.

    :raises NotXml: it is none
    """
    guard = _Guard(depth)
    try:
        etree.fromstring(body, _parser(target=guard))
        return etree.fromstring(body, _parser(remove_comments=True, remove_pis=True))
    except etree.XMLSyntaxError as error:
        raise NotXml(f"no well-formed XML (line {error.lineno})") from None


class Schema:
    """An XML schema (XSD 1.0) of a file; what it includes must lie beside it. Thread-safe.

    :raises ConfigurationError: the file can't be read or is no schema
    """

    def __init__(self, path: Path) -> None:
        try:
            self._schema: Any = etree.XMLSchema(
                etree.parse(path, etree.XMLParser(no_network=True, resolve_entities=False))
            )
        except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
            raise ConfigurationError(f"The schema {path} can't be used: {error}") from error
        self._lock = threading.Lock()

    def problem(self, element: Element) -> str:
        """Where ``element`` breaks the schema, without its content; empty where it doesn't."""
        with self._lock:
            if self._schema.validate(element):
                return ""
            first = self._schema.error_log[0]
            return f"line {first.line}: {first.type_name}"


class XPath:
    """An XPath 1.0 of the mapping; an empty one finds nothing.

    :raises ConfigurationError: it is none, or uses a prefix without a namespace
    """

    def __init__(self, where: str, expression: str, namespaces: dict[str, str]) -> None:
        self._xpath: Any = None
        if expression:
            try:
                self._xpath = etree.XPath(expression, namespaces=namespaces, smart_strings=False)
                self._xpath(etree.Element("empty"))
            except etree.XPathError as error:
                raise ConfigurationError(f"{where}: {expression!r} is no XPath that can be used: {error}.") from error

    def __bool__(self) -> bool:
        return self._xpath is not None

    def elements(self, node: Element) -> list[Element]:
        """The elements it finds from ``node`` on."""
        found = self._found(node)
        return [one for one in found if isinstance(one, Element)] if isinstance(found, list) else []

    def texts(self, node: Element) -> list[str]:
        """The texts of what it finds, without the white space around them; empty ones are left out."""
        found = self._found(node)
        texts = (_text(one) for one in (found if isinstance(found, list) else [found]))
        return [text for text in texts if text]

    def text(self, node: Element) -> str:
        """The first text, or an empty one."""
        return next(iter(self.texts(node)), "")

    def _found(self, node: Element) -> Any:
        return self._xpath(node) if self._xpath is not None else []


class Condition(XPath):
    """An XPath that is true or false. One that finds a text is refused: the text "false" would count as true.

    :raises ConfigurationError: it is none; an empty one is, and never true
    """

    def __init__(self, where: str, expression: str, namespaces: dict[str, str]) -> None:
        super().__init__(where, expression, namespaces)
        if self and not isinstance(self._found(etree.Element("empty")), bool):
            raise ConfigurationError(
                f"{where}: {expression!r} is neither true nor false. Compare, as in /f:Answer/@total = 0, or write "
                "boolean(/f:Answer/f:Nothing)."
            )

    def is_true(self, node: Element) -> bool:
        return self._found(node) is True


class _Guard:
    """Watches a document go by, and stops it at a document type or where it is too deep."""

    def __init__(self, depth: int) -> None:
        self._limit = depth
        self._depth = 0

    def start(self, _tag: str, _attributes: object) -> None:
        self._depth += 1
        if self._depth > self._limit:
            raise NotXml("elements lie too deep within elements")

    def end(self, _tag: str) -> None:
        self._depth -= 1

    def doctype(self, _name: object, _public: object, _system: object) -> None:
        raise NotXml("it has a document type")

    def close(self) -> None:
        """Nothing is kept."""


def _parser(**options: Any) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, **options
    )


def _text(found: object) -> str:
    if isinstance(found, Element):
        return "".join(str(text) for text in found.itertext()).strip()
    if isinstance(found, float):
        return f"{found:g}"
    return str(found).strip()
