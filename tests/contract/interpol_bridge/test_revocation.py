"""A certificate that was taken back lets nobody in, not on a connection that was open before either."""

import re
import shutil
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from interpol_bridge.errors import ConfigurationError
from interpol_bridge.http.revocation import RevocationLists
from interpol_bridge.serving import server_context
from tests.factories.waiting import wait_until

from .certificates import Authority, Issued
from .world import POST, Bridge, Simulator, bridge_in, stolen_passport


@pytest.fixture
def lists(tmp_path: Path, authority: Authority) -> Path:
    """The file of lists that the bridge reads; nothing is revoked yet."""
    file = tmp_path / "lists.pem"
    file.write_bytes(authority.revocation_list().read_bytes())
    return file


@pytest.fixture
def guarded(tmp_path: Path, authority: Authority, simulator: Simulator, lists: Path) -> Iterator[Bridge]:
    with bridge_in(tmp_path, authority, simulator.url, client_crl=lists) as bridge:
        yield bridge


def put_in_place(file: Path, content: bytes) -> None:
    """As a careful administrator does it: nobody ever sees half a file."""
    beside = file.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(file)


def revoke(lists: Path, authority: Authority, *revoked: Issued) -> None:
    put_in_place(lists, authority.revocation_list(*revoked).read_bytes())


class TestARevokedCertificate:
    def test_it_ends_the_handshake_and_the_open_connection(
        self, guarded: Bridge, authority: Authority, lists: Path
    ) -> None:
        lost, kept = authority.issue(POST), authority.issue(POST)
        connected = guarded.client_of(lost)
        assert connected.post("/v1/sltd/query", json=stolen_passport()).status_code == 200

        revoke(lists, authority, lost)

        assert connected.get("/v1/status").status_code == 401, "an open connection asks no more"
        with pytest.raises(httpx.TransportError):
            guarded.client_of(lost).get("/health/live")
        assert guarded.client_of(kept).get("/v1/status").status_code == 200

    def test_it_is_let_in_again_when_it_is_off_the_list(
        self, guarded: Bridge, authority: Authority, lists: Path
    ) -> None:
        held_back = authority.issue(POST)
        revoke(lists, authority, held_back)
        with pytest.raises(httpx.TransportError):
            guarded.client_of(held_back).get("/v1/status")

        revoke(lists, authority)

        assert guarded.client_of(held_back).get("/v1/status").status_code == 200

    def test_a_file_that_cannot_be_read_lets_no_revoked_one_back_in(
        self, guarded: Bridge, authority: Authority, lists: Path
    ) -> None:
        lost = authority.issue(POST)
        connected = guarded.client_of(lost)
        assert connected.get("/v1/status").status_code == 200
        revoke(lists, authority, lost)
        assert connected.get("/v1/status").status_code == 401

        put_in_place(lists, lists.read_bytes()[:200])
        assert connected.get("/v1/status").status_code == 401
        lists.unlink()
        assert connected.get("/v1/status").status_code == 401
        assert guarded.client_of(lost).get("/v1/status").status_code == 401, "no handshake saw the good file"
        assert guarded.client.get("/v1/status").status_code == 200

    def test_nobody_takes_up_an_earlier_session_without_showing_the_certificate(
        self, guarded: Bridge, authority: Authority
    ) -> None:
        url = httpx.URL(guarded.url)
        context = authority.client_context(authority.issue(POST))
        with (
            ssl.create_connection((url.host, url.port), timeout=10) as raw,
            context.wrap_socket(raw, server_hostname=url.host) as connection,
        ):
            connection.sendall(b"GET /v1/status HTTP/1.1\r\nhost: bridge\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
            assert connection.session is None or not connection.session.has_ticket


class TestAnAuthorityBetween:
    """The posts' authority is itself vouched for by one above it, and the bridge knows both."""

    @pytest.fixture
    def between(self, tmp_path: Path, authority: Authority) -> Authority:
        return Authority(tmp_path / "between", "Posts of the north", above=authority)

    @pytest.fixture
    def bundle(self, tmp_path: Path, authority: Authority, between: Authority) -> Path:
        file = tmp_path / "authorities.pem"
        file.write_bytes(authority.file.read_bytes() + between.file.read_bytes())
        return file

    def test_that_was_taken_back_takes_its_posts_along(
        self, tmp_path: Path, authority: Authority, between: Authority, bundle: Path, simulator: Simulator
    ) -> None:
        lists = tmp_path / "lists.pem"
        own = between.revocation_list().read_bytes()
        lists.write_bytes(authority.revocation_list().read_bytes() + own)
        with bridge_in(tmp_path, authority, simulator.url, client_ca=bundle, client_crl=lists) as bridge:
            northern = between.issue(POST)
            connected = _client_of(bridge, authority, northern)
            assert connected.get("/v1/status").status_code == 200

            put_in_place(lists, authority.revocation_list(between).read_bytes() + own)

            assert connected.get("/v1/status").status_code == 401
            with pytest.raises(httpx.TransportError):
                _client_of(bridge, authority, northern).get("/v1/status")
            assert bridge.client_of(authority.issue(POST)).get("/v1/status").status_code == 200
            connected.close()

    def test_that_the_client_alone_shows_is_held_to_the_list_above_it(
        self, tmp_path: Path, authority: Authority, between: Authority, simulator: Simulator
    ) -> None:
        lists = tmp_path / "lists.pem"
        own = between.revocation_list().read_bytes()
        lists.write_bytes(authority.revocation_list(between).read_bytes() + own)
        chained = between.issue(POST)
        with chained.certificate_file.open("ab") as file:
            file.write(between.file.read_bytes())
        with bridge_in(tmp_path, authority, simulator.url, client_crl=lists) as bridge:
            with pytest.raises(httpx.TransportError):
                _client_of(bridge, authority, chained).get("/v1/status")

            put_in_place(lists, authority.revocation_list().read_bytes() + own)
            with _client_of(bridge, authority, chained) as client:
                assert client.get("/v1/status").status_code == 200

    def test_the_bridge_measures_how_long_the_lists_last(
        self, tmp_path: Path, authority: Authority, simulator: Simulator
    ) -> None:
        lists = authority.revocation_list()
        with bridge_in(tmp_path, authority, simulator.url, client_crl=lists) as bridge:
            said = bridge.client.get("/metrics").text
        found = dict(re.findall(r"^interpol_bridge_client_crl_(\w+)_seconds (\S+)$", said, re.MULTILINE))
        assert found.keys() == {"age", "left"}
        assert all(23 * 3600 < float(one) < 25 * 3600 for one in found.values())


def _client_of(bridge: Bridge, authority: Authority, shown: Issued) -> httpx.Client:
    return httpx.Client(base_url=bridge.url, verify=authority.client_context(shown), timeout=10)


class TestLists:
    def test_of_several_authorities_each_counts(self, tmp_path: Path, authority: Authority) -> None:
        second = Authority(tmp_path / "second", "Second authority")
        ours, theirs, good = authority.issue(POST), second.issue("GAO-02"), second.issue("TES-03")
        bundle, lists = tmp_path / "authorities.pem", tmp_path / "lists.pem"
        bundle.write_bytes(authority.file.read_bytes() + second.file.read_bytes())
        lists.write_bytes(authority.revocation_list(ours).read_bytes() + second.revocation_list(theirs).read_bytes())

        read = RevocationLists(lists, bundle)

        assert [read.revoked(one.certificate) for one in (ours, theirs, good)] == [True, True, False]

    def test_how_old_they_are_and_when_the_first_lapses_is_known(self, tmp_path: Path, authority: Authority) -> None:
        soon = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
        second = Authority(tmp_path / "second", "Second authority")
        bundle, lists = tmp_path / "authorities.pem", tmp_path / "lists.pem"
        bundle.write_bytes(authority.file.read_bytes() + second.file.read_bytes())
        late = authority.revocation_list(next_update=soon).read_bytes()
        lists.write_bytes(late + second.revocation_list().read_bytes())

        read = RevocationLists(lists, bundle)
        assert read.left_s(soon - timedelta(hours=1)) == 3600
        assert 23 * 3600 < read.age_s(datetime.now(UTC)) < 25 * 3600

        put_in_place(lists, late + authority.revocation_list().read_bytes() + second.revocation_list().read_bytes())
        assert read.left_s(soon) > 3600, "an older list beside the newer one doesn't count"

    def test_an_authority_without_a_list_is_said_at_the_start(self, tmp_path: Path, authority: Authority) -> None:
        second = Authority(tmp_path / "second", "Second authority")
        bundle = tmp_path / "authorities.pem"
        bundle.write_bytes(authority.file.read_bytes() + second.file.read_bytes())

        with pytest.raises(ConfigurationError, match="no list of CN=Second authority"):
            RevocationLists(authority.revocation_list(), bundle)

    def test_a_list_that_somebody_else_signed_is_refused(self, tmp_path: Path, authority: Authority) -> None:
        namesake = Authority(tmp_path / "namesake")

        with pytest.raises(ConfigurationError, match="isn't signed by it"):
            RevocationLists(namesake.revocation_list(), authority.file)

    @pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----"])
    def test_a_file_that_holds_no_lists_is_refused(
        self, tmp_path: Path, authority: Authority, content: bytes
    ) -> None:
        file = tmp_path / "lists.pem"
        file.write_bytes(content)

        with pytest.raises(ConfigurationError, match="client_crl"):
            RevocationLists(file, authority.file)

    def test_a_file_that_is_not_there_is_said_at_the_start(
        self, tmp_path: Path, guarded: Bridge, lists: Path
    ) -> None:
        absent = guarded.settings.model_copy(update={"client_crl": tmp_path / "absent.pem"})

        with pytest.raises(ConfigurationError, match=r"absent\.pem"):
            server_context(absent)

    def test_a_list_out_of_its_time_lets_nobody_of_its_authority_in(
        self, tmp_path: Path, authority: Authority, simulator: Simulator
    ) -> None:
        old = authority.revocation_list(next_update=datetime.now(UTC) - timedelta(hours=1))
        with bridge_in(tmp_path, authority, simulator.url, client_crl=old) as bridge:
            with pytest.raises(httpx.TransportError):
                bridge.client.get("/v1/status")
            shutil.copyfile(authority.revocation_list(), old)
            wait_until(lambda: bridge.client_of(authority.issue(POST)).get("/v1/status").status_code == 200)
