"""Who may speak with whom: wrong, expired and revoked certificates are refused, in both directions, for real."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import structlog

from crossing.ports.bridge import Database, DocumentQuery, NotCheckedReason
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.backends.gateway import GatewayBackend
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.questions import Question
from interpol_bridge.settings import load_settings

from .bureau import Bureau, bureau_in, gateway, gateway_options
from .certificates import Authority, Issued
from .world import WHO_ASKS

HOUR = timedelta(hours=1)


def stolen() -> Question:
    query = DocumentQuery.model_validate(
        {**WHO_ASKS, "request_id": uuid4(), "document_number": "L898902C3", "issuing_state": "UTO"}
    )
    return Question(Database.SLTD, query)


def refused(**options: object) -> NotAnswered:
    with gateway(**options) as backend, pytest.raises(NotAnswered) as raised:
        backend.ask(stolen())
    with gateway(**options) as backend, pytest.raises(NotAnswered):
        backend.probe()
    return raised.value


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("foreign"), "Foreign authority")


@pytest.fixture(scope="module")
def revoked_client(authority: Authority) -> Issued:
    return authority.issue("bridge-taken-back")


@pytest.fixture(scope="module")
def bureau(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, revoked_client: Issued
) -> Iterator[Bureau]:
    crl = authority.revocation_list(revoked_client)
    with bureau_in(tmp_path_factory.mktemp("bureau"), authority, client_crl=crl) as bureau:
        yield bureau


WRONG_CLIENTS = {
    "of a foreign authority": "unknown_ca",
    "expired": "expired",
    "revoked": "revoked",
}


@pytest.fixture
def wrong_clients(authority: Authority, foreign: Authority, revoked_client: Issued) -> dict[str, Issued]:
    return {
        "of a foreign authority": foreign.issue("bridge"),
        "expired": authority.issue("bridge", not_after=datetime.now(UTC) - HOUR),
        "revoked": revoked_client,
    }


class TestTheBureauRefuses:
    def test_nobody_that_it_vouches_for(self, bureau: Bureau) -> None:
        with gateway(**bureau.options) as backend:
            assert len(backend.ask(stolen()).records) == 1

    @pytest.mark.parametrize("wrong", WRONG_CLIENTS)
    def test_a_certificate_that_is(
        self, bureau: Bureau, authority: Authority, wrong_clients: dict[str, Issued], wrong: str
    ) -> None:
        before = len(bureau.asked)

        error = refused(**gateway_options(bureau.url, authority, wrong_clients[wrong]))

        # asyncio hangs up without TLS's own word on why, so that this server's refusal looks like a broken line.
        assert error.reason in {NotCheckedReason.REFUSED, NotCheckedReason.UNREACHABLE}
        assert len(bureau.asked) == before

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["TLS 1.2", "TLS 1.3"])
    @pytest.mark.parametrize("wrong", WRONG_CLIENTS)
    def test_and_where_it_says_why_the_reason_is_refused(
        self,
        authority: Authority,
        revoked_client: Issued,
        wrong_clients: dict[str, Issued],
        wrong: str,
        version: ssl.TLSVersion,
    ) -> None:
        context = server_context(authority)
        context.verify_mode = ssl.CERT_REQUIRED
        context.minimum_version = context.maximum_version = version
        context.load_verify_locations(authority.file)
        context.load_verify_locations(authority.revocation_list(revoked_client))
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN

        with refusing_server(context) as url:
            error = refused(**gateway_options(url, authority, wrong_clients[wrong]))

        assert error.reason is NotCheckedReason.REFUSED
        assert WRONG_CLIENTS[wrong] in str(error).lower()

    def test_whoever_shows_none(self, bureau: Bureau, authority: Authority) -> None:
        client = httpx.Client(verify=authority.client_context(), trust_env=False)

        with client, pytest.raises(httpx.TransportError):
            client.get(f"{bureau.url}/find/status")


class TestTheBridgeRefuses:
    def test_a_bureau_of_a_foreign_authority(self, bureau: Bureau, authority: Authority, foreign: Authority) -> None:
        error = refused(**gateway_options(bureau.url, foreign, authority.issue("bridge")))

        assert error.reason is NotCheckedReason.UNREACHABLE
        assert "certificate is not accepted" in str(error)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"not_after": datetime.now(UTC) - HOUR}, "expired"),
            ({"not_before": datetime.now(UTC) + HOUR}, "not yet valid"),
            ({"address": "127.0.0.2"}, "mismatch"),
        ],
        ids=["expired", "not yet valid", "of another host"],
    )
    def test_a_bureau_whose_certificate_is(
        self, tmp_path: Path, authority: Authority, wrong: dict[str, object], said: str
    ) -> None:
        certificate = authority.issue("bureau", **wrong)  # type: ignore[arg-type]

        with bureau_in(tmp_path, authority, certificate=certificate) as bureau:
            error = refused(**bureau.options)
            heard = bureau.asked

        assert error.reason is NotCheckedReason.UNREACHABLE
        assert said in str(error)
        assert heard == []

    def test_a_bureau_whose_certificate_was_taken_back(self, tmp_path: Path, authority: Authority) -> None:
        certificate = authority.issue("bureau")
        with bureau_in(tmp_path, authority, certificate=certificate) as bureau:
            error = refused(**bureau.options, gateway_crl=authority.revocation_list(certificate))
            with gateway(**bureau.options, gateway_crl=authority.revocation_list()) as backend:
                records = backend.ask(stolen()).records

        assert error.reason is NotCheckedReason.UNREACHABLE
        assert "revoked" in str(error)
        assert len(records) == 1

    def test_any_bureau_where_the_revocation_list_is_out_of_date(self, bureau: Bureau, authority: Authority) -> None:
        old = authority.revocation_list(next_update=datetime.now(UTC) - HOUR)

        error = refused(**bureau.options, gateway_crl=old)

        assert error.reason is NotCheckedReason.UNREACHABLE
        assert "CRL has expired" in str(error)

    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
    def test_tls_that_is_too_old(self, authority: Authority) -> None:
        context = server_context(authority)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1

        with refusing_server(context) as url:
            error = refused(**gateway_options(url, authority, authority.issue("bridge")))

        assert error.reason in {NotCheckedReason.REFUSED, NotCheckedReason.UNREACHABLE}

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:1",
            "https://",
            "https://127.0.0.1:port",
            "https://127.0.0.1:99999",
            "https://user:password@127.0.0.1",
            "https://127.0.0.1/?key=1",
        ],
    )
    def test_an_address_that_is_none_of_a_gateway(self, authority: Authority, url: str) -> None:
        with pytest.raises(ConfigurationError, match="https://"):
            GatewayBackend.open(load_settings(None, **gateway_options(url, authority, authority.issue("bridge"))))


class TestRenewedFiles:
    def test_a_revocation_list_that_arrives_is_obeyed_at_once(self, tmp_path: Path, authority: Authority) -> None:
        now = [0.0]
        certificate = authority.issue("bureau")
        crl = tmp_path / "crl.pem"
        crl.write_bytes(authority.revocation_list().read_bytes())
        with bureau_in(tmp_path, authority, certificate=certificate) as bureau:
            backend = GatewayBackend.open(
                load_settings(None, **bureau.options, gateway_crl=crl), ticks=lambda: now[0]
            )
            first = backend.ask(stolen())
            replace(crl, authority.revocation_list(certificate).read_bytes())
            now[0] += 5
            with pytest.raises(NotAnswered, match="revoked"):
                backend.ask(stolen())
            backend.close()

        assert len(first.records) == 1

    def test_half_a_file_leaves_the_one_before_in_force(self, tmp_path: Path, authority: Authority) -> None:
        now = [0.0]
        crl = tmp_path / "crl.pem"
        crl.write_bytes(authority.revocation_list().read_bytes())
        with bureau_in(tmp_path, authority) as bureau:
            backend = GatewayBackend.open(
                load_settings(None, **bureau.options, gateway_crl=crl), ticks=lambda: now[0]
            )
            replace(crl, crl.read_bytes()[:40])
            with structlog.testing.capture_logs() as logs:
                for _ in range(3):
                    now[0] += 5
                    still = backend.ask(stolen())
            replace(crl, authority.revocation_list().read_bytes())
            now[0] += 5
            again = backend.ask(stolen())
            now[0] += 60
            backend.probe()
            backend.close()

        assert (len(still.records), len(again.records)) == (1, 1)
        assert [line["event"] for line in logs] == ["gateway_files_not_used"], "said once, not at every question"


@pytest.mark.parametrize("missing", ["gateway_ca", "gateway_certificate", "gateway_key"])
def test_a_file_that_is_not_named_is_asked_for(authority: Authority, missing: str) -> None:
    options = gateway_options("https://127.0.0.1:1", authority, authority.issue("bridge"))
    del options[missing]

    with pytest.raises(ConfigurationError, match=f"INTERPOL_BRIDGE_{missing.upper()}"):
        GatewayBackend.open(load_settings(None, **options))


def test_a_key_of_another_certificate_is_said_so(authority: Authority) -> None:
    options = gateway_options("https://127.0.0.1:1", authority, authority.issue("bridge"))
    options["gateway_key"] = authority.issue("other").key_file

    with pytest.raises(ConfigurationError, match="don't fit together"):
        GatewayBackend.open(load_settings(None, **options))


def replace(file: Path, content: bytes) -> None:
    """As whoever renews such a file should: written beside it, then put in its place."""
    beside = file.with_suffix(".new")
    beside.write_bytes(content)
    os.replace(beside, file)  # noqa: PTH105 - says what it does


def server_context(authority: Authority) -> ssl.SSLContext:
    own = authority.issue("bureau")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate_file, own.key_file)
    return context


@contextmanager
def refusing_server(context: ssl.SSLContext) -> Iterator[str]:
    """A server whose handshakes fail, for two connections; it says why, as OpenSSL does on a plain socket."""
    listening = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        for _ in range(2):
            connection, _address = listening.accept()
            with connection.dup() as raw, connection:
                raw.settimeout(20)
                with suppress(OSError):
                    context.wrap_socket(connection, server_side=True).close()
                # What lies unread when a socket closes would reset it, and take the alert with it.
                with suppress(OSError):
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(4096):
                        pass

    thread = threading.Thread(target=refuse)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        thread.join(30)
        listening.close()
