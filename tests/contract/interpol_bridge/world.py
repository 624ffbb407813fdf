"""A bridge and a simulator on loopback, with real TLS, for tests."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import uvicorn

from interpol_bridge.app import create_app
from interpol_bridge.backends import open_backend, open_copy
from interpol_bridge.serving import http_server, https_server, listen
from interpol_bridge.settings import Settings, load_settings
from interpol_bridge.simulator.app import create_simulator
from interpol_bridge.simulator.scenario import Scenario, read_scenario
from interpol_bridge.store.secrets import make_secret, read_keys
from interpol_bridge.store.store import Store

from .certificates import Authority, Issued

POST = "KOR-01"
WHO_ASKS = {"officer": "officer-7", "post": POST, "purpose": "entry check", "legal_basis": "Border Act, art. 12"}


def question(**asked: object) -> dict[str, Any]:
    """The body of a query: a new request id, who asks, and what is asked."""
    return {"request_id": str(uuid4()), **WHO_ASKS, **asked}


def stolen_passport(**more: object) -> dict[str, Any]:
    return question(document_number="L898902C3", issuing_state="UTO", **more)


def clean_passport(**more: object) -> dict[str, Any]:
    return question(document_number="A00000001", issuing_state="UTO", **more)


@contextmanager
def serving(server: uvicorn.Server, port: int = 0) -> Iterator[int]:
    """Run a server in a thread, on a free port unless one is named; gives its port."""
    bound = listen("127.0.0.1", port)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(60)
        bound.close()
    assert not thread.is_alive()


@dataclass
class Simulator:
    """A running simulator; ``noted`` is what it noted, ``asked`` the questions among it."""

    url: str
    log: Path

    @property
    def options(self) -> dict[str, object]:
        """The settings of a bridge that asks it."""
        return {"backend": "simulator", "backend_url": self.url}

    def behave(self, **behaviour: object) -> None:
        answer = httpx.post(f"{self.url}/control/behaviour", json=behaviour, trust_env=False)
        assert answer.status_code == 200, answer.text

    @property
    def noted(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [line for line in self.noted if line["event"] == "asked"]


@dataclass
class Bridge:
    """A running bridge; ``client`` is the post's."""

    url: str
    authority: Authority
    client: httpx.Client
    settings: Settings
    clients: list[httpx.Client] = field(default_factory=list)

    def client_of(self, certificate: Issued | None) -> httpx.Client:
        """A client that shows a certificate, or none."""
        client = httpx.Client(
            base_url=self.url, verify=self.authority.client_context(certificate), timeout=10, trust_env=False
        )
        self.clients.append(client)
        return client

    def ask(self, database: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(f"/v1/{database}/query", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @property
    def mode(self) -> str:
        """Of the answers that are not from a copy in its stead."""
        return "offline_copy" if self.settings.backend == "offline_copy" else "online"

    def answered(self) -> int:
        """Questions that it put to whoever is behind it, as it counts them itself."""
        counted = re.findall(r"^interpol_bridge_answers_total{.*} (\S+)$", self.client.get("/metrics").text, re.M)
        return int(sum(map(float, counted)))

    def status(self) -> dict[str, Any]:
        return dict(self.client.get("/v1/status").json())


@contextmanager
def simulator_in(folder: Path, scenario: Scenario | None = None) -> Iterator[Simulator]:
    """A simulator of the default scenario, without its latency."""
    held = scenario or read_scenario().model_copy(update={"behaviour": Scenario().behaviour})
    log = folder / "asked.jsonl"
    with serving(http_server(create_simulator(held, log=log))) as port:
        yield Simulator(f"http://127.0.0.1:{port}", log)


@contextmanager
def bridge_in(
    folder: Path, authority: Authority, backend_url: str, port: int = 0, /, **settings: object
) -> Iterator[Bridge]:
    """A bridge that asks ``backend_url``, with the post's client."""
    own = authority.issue("bridge")
    options: dict[str, object] = {
        "tls_certificate": own.certificate_file,
        "tls_key": own.key_file,
        "client_ca": authority.file,
        "data_folder": folder / "data",
        "backend_url": backend_url,
        "backend_deadline_s": 1.0,
        "breaker_failures": 1000,
    }
    used = load_settings(None, **(options | settings))
    make_secret(used.secret_path)
    store = Store.open(used.database_path, read_keys(used.secret_path))
    app = create_app(backend=open_backend(used), copy=open_copy(used), store=store, settings=used)
    with serving(https_server(app, used), port) as taken:
        bridge = Bridge(f"https://127.0.0.1:{taken}", authority, httpx.Client(), used)
        bridge.client.close()
        bridge.client = bridge.client_of(authority.issue(POST))
        try:
            yield bridge
        finally:
            for client in bridge.clients:
                client.close()
