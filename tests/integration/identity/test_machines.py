"""A machine calls over mutual TLS: its certificate makes it a principal, and the register can take that back."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pytest
import uvicorn
from fastapi import Depends, FastAPI

from crossing.identity.dependencies import requires, signed_in
from crossing.identity.machines import MachineDirectory
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.api import new_app
from crossing.platform.clock import SystemClock
from crossing.platform.db import Database
from crossing.platform.http import http_client
from crossing.platform.tls import ServerTls, new_machine_key, server_config
from crossing.posts.enrolment import accept
from crossing.posts.machine_identity import MachineIdentity
from tests.integration.posts.machines import Capital, new_machine, request_of


@pytest.fixture
def capital(capital_database: Database, tmp_path: Path) -> Capital:
    return Capital(capital_database, tmp_path / "capital", clock=SystemClock())


@pytest.fixture
def machine(capital: Capital, tmp_path: Path) -> MachineIdentity:
    identity = new_machine(tmp_path / "desk")
    accept(identity, capital.enrol(request_of(identity)).bundle)
    return identity


@pytest.fixture
def address(capital: Capital, tmp_path: Path) -> Iterator[str]:
    app = new_app(title="machines", database=capital.database, clock=capital.clock)
    app.state.machines = MachineDirectory()

    @app.post("/deliver")
    def deliver(caller: Annotated[Principal, Depends(requires(Permission.REPLICATION_DELIVER))]) -> list[str | None]:
        return [caller.kind, caller.login, caller.post, str(caller.id)]

    @app.get("/search", dependencies=[Depends(requires(Permission.NATION_SEARCH))])
    def search() -> None: ...

    @app.get("/people", dependencies=[Depends(signed_in)])
    def people() -> None: ...

    key = tmp_path / "server.key"
    certificate = tmp_path / "server.pem"
    certificate.write_bytes(capital.authority.issue(new_machine_key(key), name="capital", hosts=("127.0.0.1",)))
    with serving(app, ServerTls(certificate, key, capital.authority.certificate_path)) as url:
        yield url


@contextmanager
def serving(app: FastAPI, tls: ServerTls) -> Iterator[str]:
    server = uvicorn.Server(server_config(app, host="127.0.0.1", port=0, tls=tls))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"https://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def test_an_enrolled_machine_delivers_and_can_do_nothing_else(
    address: str, capital: Capital, machine: MachineIdentity
) -> None:
    with http_client(address, tls=machine.client_tls()) as client:
        answer = client.post("/deliver")
        assert answer.status_code == 200
        assert answer.json()[:3] == ["machine", "NIA/desk-1", "NIA"]
        assert client.get("/search").status_code == 403
        assert client.get("/people").status_code == 403


def test_a_machine_that_was_shut_out_is_refused_on_its_open_connection(
    address: str, capital: Capital, machine: MachineIdentity
) -> None:
    with http_client(address, tls=machine.client_tls()) as client:
        machine_id = client.post("/deliver").json()[3]
        with capital.database.unit_of_work() as session:
            capital.service.revoke(session, actor=None, machine_id=UUID(machine_id))
        answer = client.post("/deliver")
        assert (answer.status_code, answer.json()["code"]) == (403, "machine_revoked")


def test_a_certificate_that_the_register_does_not_know_is_nobody(
    address: str, capital: Capital, machine: MachineIdentity, tmp_path: Path
) -> None:
    stranger = new_machine(tmp_path / "stranger", name="desk-9")
    pem = capital.authority.issue(stranger.tls_request(), name="NIA/desk-9").decode()
    stranger.keep(
        certificate=pem,
        capital_authority=capital.authority.certificate_path.read_text(),
        capital_signing_key=capital.signing_key.public.hex(),
    )
    with http_client(address, tls=stranger.client_tls()) as client:
        answer = client.post("/deliver")
        assert (answer.status_code, answer.json()["code"]) == (401, "machine_unknown")
