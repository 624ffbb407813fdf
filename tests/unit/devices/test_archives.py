"""Files come out of pinned archives, or not at all."""

import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crossing_devices.simulated.archives import Archive, ArchiveError, download, extract

CONTENT = b"a picture"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _wheel() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as wheel:
        wheel.writestr("package/face.png", CONTENT)
    return out.getvalue()


def _sdist() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as source:
        member = tarfile.TarInfo("package-1.0/face.png")
        member.size = len(CONTENT)
        source.addfile(member, io.BytesIO(CONTENT))
    return out.getvalue()


WHEEL = _wheel()
ARCHIVE = Archive("some-package", "some_package-1.0-py3-none-any.whl", _sha256(WHEEL))


class Index(BaseHTTPRequestHandler):
    """A package index: one project as JSON (PEP 691), the same under /html as a page (PEP 503)."""

    def do_GET(self) -> None:
        link = f"../../files/{ARCHIVE.file_name}#sha256={ARCHIVE.sha256}"
        answers = {
            "/json/some-package/": json.dumps({"files": [{"url": link}]}).encode(),
            "/html/some-package/": f'<!DOCTYPE html><a href="{link}">wheel</a>'.encode(),
            f"/files/{ARCHIVE.file_name}": WHEEL,
        }
        content = answers.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def index() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("kind", ["json", "html"])
def test_an_archive_comes_from_the_index_that_is_set(index: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.setenv("UV_INDEX_URL", f"{index}/{kind}")
    assert download(ARCHIVE) == WHEEL


def test_an_archive_that_is_not_the_pinned_one_is_refused(index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{index}/json/")
    with pytest.raises(ArchiveError, match="SHA-256"):
        download(Archive(ARCHIVE.project, ARCHIVE.file_name, "0" * 64))
    with pytest.raises(ArchiveError, match="has no other"):
        download(Archive(ARCHIVE.project, "other-1.0.tar.gz", ARCHIVE.sha256))
    with pytest.raises(ArchiveError, match="could not be downloaded"):
        download(Archive("unknown", ARCHIVE.file_name, ARCHIVE.sha256))


def test_without_a_network_a_folder_serves(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is missing"):
        download(ARCHIVE, tmp_path)
    (tmp_path / ARCHIVE.file_name).write_bytes(WHEEL)
    assert download(ARCHIVE, tmp_path) == WHEEL


def test_a_member_is_checked_too() -> None:
    sdist = _sdist()
    source = Archive("some-package", "some-package-1.0.tar.gz", _sha256(sdist))
    assert extract(ARCHIVE, WHEEL, "package/face.png", _sha256(CONTENT)) == CONTENT
    assert extract(source, sdist, "package-1.0/face.png", _sha256(CONTENT)) == CONTENT
    with pytest.raises(ArchiveError, match="SHA-256"):
        extract(ARCHIVE, WHEEL, "package/face.png", "0" * 64)
    for archive, content in ((ARCHIVE, WHEEL), (source, sdist), (ARCHIVE, b"no archive"), (source, b"no archive")):
        with pytest.raises(ArchiveError, match=r"holds no nothing\.png"):
            extract(archive, content, "nothing.png", "0" * 64)
