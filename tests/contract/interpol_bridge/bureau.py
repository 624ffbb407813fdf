"""A simulated bureau on loopback, with real mutual TLS, and the backend that asks it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interpol_bridge.backends.gateway import GatewayBackend
from interpol_bridge.serving import listen
from interpol_bridge.settings import load_settings
from interpol_bridge.simulator.asked_log import AskedLog
from interpol_bridge.simulator.behaviour import Behaviour, BehaviourSwitch
from interpol_bridge.simulator.bureau.app import create_bureau
from interpol_bridge.simulator.bureau.serving import bureau_server
from interpol_bridge.simulator.scenario import Scenario, read_scenario

from .certificates import Authority, Issued
from .world import serving


@dataclass
class Bureau:
    """A running bureau; ``options`` are the settings of a bridge that it lets in."""

    url: str
    log: Path
    switch: BehaviourSwitch
    options: dict[str, object]

    def behave(self, **behaviour: object) -> None:
        self.switch.set(Behaviour.model_validate(behaviour))

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The questions that it noted."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if line["event"] == "asked"]


def gateway_options(url: str, trusted: Authority, client: Issued) -> dict[str, object]:
    """The settings of a bridge that trusts ``trusted`` and shows ``client``."""
    return {
        "backend": "gateway",
        "backend_url": url,
        "gateway_ca": trusted.file,
        "gateway_certificate": client.certificate_file,
        "gateway_key": client.key_file,
    }


@contextmanager
def bureau_in(
    folder: Path,
    authority: Authority,
    *,
    scenario: Scenario | None = None,
    certificate: Issued | None = None,
    client_crl: Path | None = None,
    port: int = 0,
) -> Iterator[Bureau]:
    """A bureau with the records of ``scenario``, well-behaved, whose two sides ``authority`` vouches for."""
    held = scenario or read_scenario()
    own = certificate or authority.issue("bureau")
    log = folder / "bureau.jsonl"
    switch = BehaviourSwitch(Behaviour())
    server = bureau_server(
        create_bureau(held, switch, AskedLog(log)),
        certificate=own.certificate_file,
        key=own.key_file,
        client_ca=authority.file,
        client_crl=client_crl,
    )
    with serving(server, port) as taken:
        url = f"https://127.0.0.1:{taken}"
        yield Bureau(url, log, switch, gateway_options(url, authority, authority.issue("bridge")))


@contextmanager
def gateway(**options: object) -> Iterator[GatewayBackend]:
    backend = GatewayBackend.open(load_settings(None, **options))
    try:
        yield backend
    finally:
        backend.close()


def nobody_listens() -> tuple[str, Any]:
    """An address where nobody listens, and the socket that keeps it so."""
    reserved = listen("127.0.0.1", 0)
    return f"https://127.0.0.1:{reserved.getsockname()[1]}", reserved
