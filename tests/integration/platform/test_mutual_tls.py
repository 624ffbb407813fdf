"""Mutual TLS on loopback: the application learns who called, and nobody without a certificate gets in."""

import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from cryptography import x509
from fastapi import Request

from crossing.platform.api import new_app
from crossing.platform.clock import SystemClock
from crossing.platform.db import Database
from crossing.platform.http import Client, ClientTls, TransportError, http_client
from crossing.platform.tls import (
    Authority,
    ServerTls,
    common_name,
    fingerprint,
    new_machine_key,
    peer_certificate,
)
from tests.factories.clock import StandingClock
from tests.factories.serving import serving


def certified(folder: Path, authority: Authority, name: str, *hosts: str) -> ClientTls:
    """A machine called ``name`` with its key and a certificate of ``authority``."""
    folder.mkdir(exist_ok=True)
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    certificate.write_bytes(authority.issue(new_machine_key(key), name=name, hosts=hosts))
    return ClientTls(certificate, key, authority.certificate_path)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), name="Test authority")


@pytest.fixture(scope="module")
def address(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app = new_app(title="machines", database=Database(sa.create_engine("sqlite://")), clock=SystemClock())

    @app.get("/who")
    def who(request: Request) -> list[str | None]:
        caller = peer_certificate(request)
        return [common_name(caller), fingerprint(caller)] if caller else [None]

    own = certified(tmp_path_factory.mktemp("server"), authority, "capital", "127.0.0.1")
    with serving(app, tls=ServerTls(own.certificate, own.key, authority.certificate_path)) as port:
        yield f"https://127.0.0.1:{port}"


def calling(address: str, tls: ClientTls) -> Client:
    return http_client(address, tls=tls, connect_s=5, total_s=5)


class TestServing:
    def test_the_application_sees_the_certificate_that_the_caller_owns(
        self, address: str, authority: Authority, tmp_path: Path
    ) -> None:
        tls = certified(tmp_path, authority, "NIA-1")
        with calling(address, tls) as client:
            there = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
            assert client.get("/who").json() == ["NIA-1", fingerprint(there)]

    def test_each_caller_is_itself_on_connections_that_stay_open(
        self, address: str, authority: Authority, tmp_path: Path
    ) -> None:
        one, other = certified(tmp_path, authority, "NIA-1"), certified(tmp_path, authority, "BEN-2")
        with calling(address, one) as first, calling(address, other) as second:
            names = [client.get("/who").json()[0] for client in (first, second, first, second)]
        assert names == ["NIA-1", "BEN-2", "NIA-1", "BEN-2"]

    def test_a_certificate_of_another_authority_does_not_get_in(
        self, address: str, authority: Authority, tmp_path: Path
    ) -> None:
        stranger = certified(tmp_path, Authority(tmp_path / "other", name="Test authority"), "NIA-1")
        with (
            calling(address, ClientTls(stranger.certificate, stranger.key, authority.certificate_path)) as client,
            pytest.raises(TransportError),
        ):
            client.get("/who")

    def test_a_certificate_without_its_key_is_worth_nothing(self, authority: Authority, tmp_path: Path) -> None:
        mine, other = certified(tmp_path, authority, "NIA-1"), certified(tmp_path, authority, "BEN-2")
        with pytest.raises(ssl.SSLError):
            ClientTls(other.certificate, mine.key, authority.certificate_path).context()

    def test_nobody_gets_in_without_a_certificate(self, address: str, authority: Authority) -> None:
        context = ssl.create_default_context(cafile=str(authority.certificate_path))
        with httpx.Client(verify=context, trust_env=False, timeout=5) as client, pytest.raises(TransportError):
            client.get(f"{address}/who")

    def test_a_caller_does_not_speak_to_a_server_of_another_authority(
        self, address: str, authority: Authority, tmp_path: Path
    ) -> None:
        mine = certified(tmp_path, authority, "NIA-1")
        other = Authority(tmp_path / "other", name="Test authority")
        with (
            calling(address, ClientTls(mine.certificate, mine.key, other.certificate_path)) as client,
            pytest.raises(TransportError),
        ):
            client.get("/who")

    def test_a_caller_does_not_speak_to_a_server_of_another_name(
        self, address: str, authority: Authority, tmp_path: Path
    ) -> None:
        with (
            calling(address.replace("127.0.0.1", "localhost"), certified(tmp_path, authority, "NIA-1")) as client,
            pytest.raises(TransportError),
        ):
            client.get("/who")

    def test_a_name_in_a_header_makes_nobody_anyone(self, address: str, authority: Authority, tmp_path: Path) -> None:
        with calling(address, certified(tmp_path, authority, "NIA-1")) as client:
            answer = client.get("/who", headers={"X-Client-Cert": "BEN-2", "X-SSL-Client-S-DN": "CN=BEN-2"})
            assert answer.json()[0] == "NIA-1"


class TestAuthority:
    def test_its_key_is_made_once_and_is_private(self, tmp_path: Path) -> None:
        first, again = (Authority(tmp_path / "ca", name="Capital") for _ in range(2))
        assert first.certificate_path.read_bytes() == again.certificate_path.read_bytes()
        assert (tmp_path / "ca" / "authority.key").stat().st_mode & 0o777 == 0o600

    def test_a_machine_s_certificate_says_who_it_is_for_thirteen_months_and_can_sign_nothing(
        self, tmp_path: Path
    ) -> None:
        clock = StandingClock()
        authority = Authority(tmp_path / "ca", name="Capital", clock=clock)
        pem = authority.issue(new_machine_key(tmp_path / "key"), name="NIA/desk-1")
        certificate = x509.load_pem_x509_certificate(pem)
        assert common_name(certificate) == "NIA/desk-1"
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate_path.read_bytes()))
        # A post whose clock is some hours slow takes it all the same.
        assert certificate.not_valid_before_utc < clock.now() - timedelta(hours=20)
        assert timedelta(days=390) < certificate.not_valid_after_utc - clock.now() < timedelta(days=400)
        limits = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        assert not limits.ca

    def test_a_machine_s_key_is_made_once_and_is_private(self, tmp_path: Path) -> None:
        first, again = (new_machine_key(tmp_path / "tls.key") for _ in range(2))
        assert first.public_key() == again.public_key()
        assert (tmp_path / "tls.key").stat().st_mode & 0o777 == 0o600
