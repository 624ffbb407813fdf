"""One scenario served on both sides at once: JSON to anybody on loopback, XML to whoever shows a certificate."""

import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from interpol_bridge.errors import ConfigurationError
from interpol_bridge.serving import http_server, listen
from interpol_bridge.simulator.app import json_server
from interpol_bridge.simulator.asked_log import AskedLog
from interpol_bridge.simulator.bureau.app import create_bureau
from interpol_bridge.simulator.bureau.serving import bureau_server
from interpol_bridge.simulator.scenario import Scenario

LOOPBACK: Final = "127.0.0.1"
STOPPING_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class BureauFiles:
    """PEM files of the bureau's TLS; all but the revocation lists are needed."""

    certificate: Path | None
    key: Path | None
    client_ca: Path | None
    client_crl: Path | None


class Sides:
    """The sides of one simulator share its records, its behaviour and its log."""

    def __init__(self, scenario: Scenario, asked_log: Path | None) -> None:
        self._scenario = scenario
        self._switch = scenario.switch()
        self._log = AskedLog(asked_log)
        self._servers: dict[str, tuple[uvicorn.Server, socket.socket]] = {}

    @property
    def ports(self) -> dict[str, int]:
        """``json_port`` and, where XML is spoken, ``bureau_port``."""
        return {name: bound.getsockname()[1] for name, (_, bound) in self._servers.items()}

    def speak_json(self, port: int) -> None:
        """:raises ConfigurationError: the port is taken"""
        server = http_server(json_server(self._scenario, self._switch, self._log))
        self._servers["json_port"] = (server, listen(LOOPBACK, port))

    def speak_xml(self, host: str, port: int, files: BureauFiles) -> None:
        """:raises ConfigurationError: the port is taken, or a file is missing or holds something else"""
        if files.certificate is None or files.key is None or files.client_ca is None:
            raise ConfigurationError("The bureau needs --bureau-certificate, --bureau-key and --bureau-client-ca.")
        server = bureau_server(
            create_bureau(self._scenario, self._switch, self._log),
            certificate=files.certificate,
            key=files.key,
            client_ca=files.client_ca,
            client_crl=files.client_crl,
        )
        self._servers["bureau_port"] = (server, listen(host, port))

    def close(self) -> None:
        """Let go of the ports."""
        for _, bound in self._servers.values():
            bound.close()

    def run(self) -> None:
        """Serve until stopped by a signal; it is the JSON side, in the calling thread, that hears it."""
        json_side, json_bound = self._servers["json_port"]
        others = [pair for name, pair in self._servers.items() if name != "json_port"]
        threads = [
            threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True) for server, bound in others
        ]
        for thread in threads:
            thread.start()
        try:
            json_side.run(sockets=[json_bound])
        finally:
            for server, _ in others:
                server.should_exit = True
            for thread in threads:
                thread.join(STOPPING_S)
