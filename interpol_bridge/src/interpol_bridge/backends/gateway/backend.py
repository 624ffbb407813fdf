"""The backend that asks the bureau's online service."""

import time
from typing import Self

from crossing.ports.breaker import Ticks
from crossing.ports.bridge import NotCheckedReason
from interpol_bridge.backends.base import Finding, NotAnswered, Source
from interpol_bridge.backends.gateway.answers import FaultReader, malformed
from interpol_bridge.backends.gateway.interface import Interface
from interpol_bridge.backends.gateway.requests import sources_of
from interpol_bridge.backends.gateway.wire import OK, Reply, Wire
from interpol_bridge.backends.gateway.xml import Element, NotXml, parse
from interpol_bridge.questions import Question
from interpol_bridge.settings import Settings


class GatewayBackend:
    """Asks over ``wire`` in the words of ``interface``."""

    name = "gateway"

    def __init__(self, interface: Interface, wire: Wire) -> None:
        self._interface = interface
        self._wire = wire

    @classmethod
    def open(cls, settings: Settings, *, ticks: Ticks = time.monotonic) -> Self:
        """The backend of these settings.

        :raises ConfigurationError: mapping, schemas, certificates or credentials can't be used; the text says why
        """
        interface = Interface(settings.gateway_mapping)
        limit = interface.limits.answer_bytes
        return cls(interface, Wire(settings, interface.header_templates, limit=limit, ticks=ticks))

    def ask(self, question: Question) -> Finding:
        operation = self._interface.operations.get(question.database)
        if operation is None:
            raise NotAnswered(NotCheckedReason.UNSUPPORTED, "the mapping has no such operation")
        session = self._wire.session()
        body = operation.writer.write(sources_of(question, session.credentials))
        reply = self._wire.send(session, "POST", operation.path, session.filled(operation.headers), body)
        return operation.reader.read(self._root(reply, operation.fault), question)

    def probe(self) -> Source:
        probe = self._interface.probe
        session = self._wire.session()
        body = probe.writer.write(session.credentials.named) if probe.writer else None
        method = "POST" if probe.writer else "GET"
        reply = self._wire.send(session, method, probe.path, session.filled(probe.headers), body)
        return probe.read(self._root(reply, next(iter(self._interface.operations.values())).fault))

    def close(self) -> None:
        self._wire.close()

    def _root(self, reply: Reply, fault: FaultReader) -> Element:
        """The document of a good reply.

        :raises NotAnswered: its status or a fault says otherwise, or it is none
        """
        by_status = self._interface.statuses.get(reply.status, NotCheckedReason.BACKEND_ERROR)
        try:
            root = parse(reply.body, depth=self._interface.limits.depth)
        except NotXml as error:
            if reply.status == OK:
                raise malformed(str(error)) from None
            raise NotAnswered(by_status, f"status {reply.status}") from None
        if said := fault.read(root, by_status):
            raise said
        if reply.status != OK:
            raise NotAnswered(by_status, f"status {reply.status}")
        return root
