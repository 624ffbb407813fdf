"""A mapping made ready: every path, table and schema of it checked once, at the start."""

from pathlib import Path

from crossing.ports.bridge import Database, NotCheckedReason
from interpol_bridge.backends.base import NotAnswered, Source
from interpol_bridge.backends.gateway.answers import AnswerReader, FaultReader, source_of
from interpol_bridge.backends.gateway.mapping import Mapping, read_mapping, shipped_mapping
from interpol_bridge.backends.gateway.requests import RequestWriter, check_databases
from interpol_bridge.backends.gateway.xml import Element, Schema, XPath


class Operation:
    """How one database is asked."""

    def __init__(self, mapping: Mapping, database: Database, request: Schema | None, answer: Schema | None) -> None:
        operation = mapping.operations[database]
        where = f"operations.{database}"
        self.path = operation.path
        self.headers = mapping.http.headers | operation.headers
        self.writer = RequestWriter(where, mapping, mapping.fields_of(database), request)
        self.fault = FaultReader(f"{where}.answer", mapping, database)
        self.reader = AnswerReader(f"{where}.answer", mapping, database, answer)


class Probe:
    """How the service is asked whether it would answer."""

    def __init__(self, mapping: Mapping) -> None:
        self.path = mapping.probe.path
        self.headers = mapping.http.headers | mapping.probe.headers
        self.writer = RequestWriter("probe", mapping, mapping.probe.fields, None) if mapping.probe.fields else None
        self._ready = XPath("probe.ready", mapping.probe.ready, mapping.namespaces)
        self._copy_as_of = XPath("probe.copy_as_of", mapping.probe.copy_as_of, mapping.namespaces)

    def read(self, root: Element) -> Source:
        """:raises NotAnswered: the service is not ready"""
        if not self._ready.is_true(root):
            raise NotAnswered(NotCheckedReason.UNREACHABLE, "the gateway says that it isn't ready")
        return source_of(self._copy_as_of.text(root))


class Interface:
    """Everything that is agreed with a bureau, of the mapping file at ``path`` or the one that comes with the bridge.

    :raises ConfigurationError: it can't be used as it is; the text says where and why
    """

    def __init__(self, path: Path | None = None) -> None:
        used = path or shipped_mapping()
        mapping = read_mapping(used)
        check_databases(mapping)
        request = Schema(used.parent / mapping.schemas.request) if mapping.schemas.request else None
        answer = Schema(used.parent / mapping.schemas.answer) if mapping.schemas.answer else None
        self.limits = mapping.limits
        self.statuses = mapping.http.statuses
        self.operations = {one: Operation(mapping, one, request, answer) for one in mapping.operations}
        self.probe = Probe(mapping)

    @property
    def header_templates(self) -> list[dict[str, str]]:
        return [*(one.headers for one in self.operations.values()), self.probe.headers]
