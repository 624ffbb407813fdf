"""The backend that asks the bureau's online service."""

import time
from typing import Self

from crossing.ports.breaker import Ticks
from crossing.ports.bridge import NotCheckedReason
from interpol_bridge.backends.base import Finding, NotAnswered, Source
from interpol_bridge.backends.gateway.interface import Interface
from interpol_bridge.backends.gateway.proof import prove
from interpol_bridge.backends.gateway.requests import sources_of
from interpol_bridge.backends.gateway.wire import Wire
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
        prove(interface)
        limit = interface.limits.answer_bytes
        return cls(interface, Wire(settings, interface.header_templates, limit=limit, ticks=ticks))

    def ask(self, question: Question) -> Finding:
        operation = self._interface.operations.get(question.database)
        if operation is None:
            raise NotAnswered(NotCheckedReason.UNSUPPORTED, "the mapping has no such operation")
        session = self._wire.session()
        body = operation.writer.write(sources_of(question, session.credentials))
        reply = self._wire.send(session, "POST", operation.path, session.filled(operation.headers), body)
        return operation.reader.read(self._interface.document(reply, operation.fault), question)

    def probe(self) -> Source:
        probe = self._interface.probe
        session = self._wire.session()
        body = probe.writer.write(session.credentials.named) if probe.writer else None
        method = "POST" if probe.writer else "GET"
        reply = self._wire.send(session, method, probe.path, session.filled(probe.headers), body)
        return probe.read(self._interface.document(reply, probe.fault))

    def close(self) -> None:
        self._wire.close()
