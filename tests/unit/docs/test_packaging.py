"""What set-up, the images and the distributions say of versions and files is one and the same."""

import re
import ssl
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from crossing import __version__
from crossing.platform.tls import Authority, new_machine_key
from tests.unit.docs.pages import ROOT

HEALTH_CHECK = ROOT / "tools" / "healthcheck.py"


def test_one_version_everywhere() -> None:
    projects = ("pyproject.toml", "devices/pyproject.toml", "interpol_bridge/pyproject.toml")
    versions = {tomllib.loads(_read(path))["project"]["version"] for path in projects}
    image = re.search(r"^ARG VERSION=(\S+)$", _read("Dockerfile"), re.MULTILINE)

    assert image is not None
    assert versions | {image[1]} == {__version__}


def test_one_uv_everywhere() -> None:
    setup = re.search(r"^uv_version=(\S+)$", _read("tools/setup.sh"), re.MULTILINE)
    image = re.search(r"^ARG UV_VERSION=(\S+)$", _read("Dockerfile"), re.MULTILINE)
    page = re.search(r"uv==(\S+)", _read("docs/operations/install.md"))

    assert setup is not None
    assert image is not None
    assert page is not None
    assert setup[1] == image[1] == page[1]


def test_an_image_sees_only_what_it_is_made_of() -> None:
    kept = [line[1:] for line in _read(".dockerignore").splitlines() if line.startswith("!")]

    assert "*" in _read(".dockerignore").splitlines()
    assert all((ROOT / path).exists() for path in kept)
    assert not {"tests", "models", "var", ".git", ".venv"} & set(kept)


def test_the_wheel_carries_the_migrations() -> None:
    wheel = tomllib.loads(_read("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert wheel["force-include"] == {"migrations": "crossing/_migrations"}


def test_nothing_that_a_wheel_needs_is_ignored() -> None:
    """The build back end leaves out what git ignores, without a word."""
    folders = ["src", "devices/src", "interpol_bridge/src", "migrations"]
    command = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "--", *folders]
    ignored = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.splitlines()

    assert [path for path in ignored if not path.endswith(".pyc")] == []


@pytest.mark.parametrize("status", [200, 503])
def test_the_health_check_says_what_the_service_says(status: int) -> None:
    with _Answering(status) as url:
        assert _health(url) is (status == 200)


def test_the_health_check_accepts_the_containers_own_certificate(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = Authority(tmp_path, name="An authority that nobody knows")
    certificate = tmp_path / "tls.pem"
    certificate.write_bytes(authority.issue(new_machine_key(tmp_path / "tls.key"), name="bridge"))
    context.load_cert_chain(certificate, tmp_path / "tls.key")

    with _Answering(200, context) as url:
        assert _health(url)


def test_the_health_check_fails_where_nobody_listens() -> None:
    with _Answering(200) as url:
        pass

    assert not _health(url)


class _Answering:
    """A server on a free port of loopback that answers every request with ``status``; in use, its health address."""

    def __init__(self, status: int, context: ssl.SSLContext | None = None) -> None:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Not into the test's output."""

        self._server = HTTPServer(("127.0.0.1", 0), Answer)
        self._scheme = "https" if context else "http"
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> str:
        self._thread.start()
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/health/live"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _health(url: str) -> bool:
    """As in a container: its own process, its address in the environment, and a proxy that it must not ask."""
    environment = {"HEALTH_URL": url, "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    asked = subprocess.run([sys.executable, HEALTH_CHECK], env=environment, capture_output=True, check=False)
    return asked.returncode == 0


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
