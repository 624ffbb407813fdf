"""A mapping made ready: every path, table and schema of it checked once, at the start."""

from dataclasses import dataclass
from pathlib import Path

from crossing.ports.bridge import Database, NotCheckedReason
from interpol_bridge.backends.base import NotAnswered, Source
from interpol_bridge.backends.gateway.answers import AnswerReader, FaultReader, malformed, source_of
from interpol_bridge.backends.gateway.mapping import Mapping, read_mapping, shipped_mapping
from interpol_bridge.backends.gateway.requests import NAMED_BY, RequestWriter
from interpol_bridge.backends.gateway.xml import Condition, Element, NotXml, Schema, XPath, parse

OK = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP."""

    status: int
    body: bytes


class Operation:
    """How one database is asked."""

    def __init__(self, mapping: Mapping, database: Database, request: Schema | None, answer: Schema | None) -> None:
        operation = mapping.operations[database]
        where = f"operations.{database}"
        self.path = operation.path
        self.headers = mapping.http.headers | operation.headers
        self.sample = operation.sample
        named_by = NAMED_BY[database]
        self.writer = RequestWriter(where, mapping, mapping.fields_of(database), request, named_by=named_by)
        self.fault = FaultReader(f"{where}.answer", mapping.answer_of(database), mapping.namespaces)
        self.reader = AnswerReader(f"{where}.answer", mapping, database, answer)


class Probe:
    """How the service is asked whether it would answer."""

    def __init__(self, mapping: Mapping) -> None:
        self.path = mapping.probe.path
        self.headers = mapping.http.headers | mapping.probe.headers
        self.writer = RequestWriter("probe", mapping, mapping.probe.fields, None) if mapping.probe.fields else None
        self.fault = FaultReader("probe", mapping.answer, mapping.namespaces)
        self._ready = Condition("probe.ready", mapping.probe.ready, mapping.namespaces)
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
        self.folder = used.parent
        request = Schema(self.folder / mapping.schemas.request) if mapping.schemas.request else None
        answer = Schema(self.folder / mapping.schemas.answer) if mapping.schemas.answer else None
        self.limits = mapping.limits
        self._statuses = mapping.http.statuses
        self.operations = {one: Operation(mapping, one, request, answer) for one in mapping.operations}
        self.probe = Probe(mapping)

    @property
    def header_templates(self) -> list[dict[str, str]]:
        return [*(one.headers for one in self.operations.values()), self.probe.headers]

    def document(self, reply: Reply, fault: FaultReader) -> Element:
        """The root element of a good reply.

        :raises NotAnswered: its status or a fault says otherwise, or it is no XML that is read here
        """
        by_status = self._statuses.get(reply.status, NotCheckedReason.BACKEND_ERROR)
        try:
            root = parse(reply.body, depth=self.limits.depth)
        except NotXml as error:
            if reply.status == OK:
                raise malformed(str(error)) from None
            raise NotAnswered(by_status, f"status {reply.status}") from None
        if said := fault.read(root, by_status):
            raise said
        if reply.status != OK:
            raise NotAnswered(by_status, f"status {reply.status}")
        return root
