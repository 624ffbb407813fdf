"""What a start would have to build anew: the name indexes and the persons of the lists, kept in encrypted files.

The database's rows are the truth. A file only spares a start the spelling of every name, so it may be lost at any
moment: one that was torn, changed, made of another version, or by other code than this is deleted, and the index is
built from the rows. What a file is made of is said in its header's authenticated data, and no answer can come of a
file that does not match.

Layout: a header of one page, with the file's own key, wrapped with the store's key (RFC 3394); then chunks, each
AES-256-GCM under that key: first a table of the columns (name, type, count), then the columns, each in chunks of
``CHUNK_BYTES``. The nonce of a chunk is its number, which no other file's key ever sees; the header and what the file
is of are authenticated with each. Nothing may follow the last.
"""

import json
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from crossing.faces.gallery.file import destroy
from crossing.faces.gallery.private_memory import private_array
from crossing.platform.files import FolderLock, sync_folder
from crossing.platform.logs import log
from crossing.screening.names.index import NameIndex
from crossing.screening.names.index.columns import Columns, under, within
from crossing.screening.persons import ListedPersons

WORTH_KEEPING: Final = 1_000
"""Persons. A shorter list is built within a fraction of a second."""

CHUNK_BYTES: Final = 4 * 2**20

_PAGE: Final = 4096
_HEADER: Final = struct.Struct(">8sI16s40s")
_MAGIC: Final = b"XLISTIDX"
_FORMAT: Final = 1
_SIZE: Final = struct.Struct(">Q")
_TAG_BYTES: Final = 16
_MOST_OF_A_TABLE: Final = 2**20
_SUFFIX: Final = ".listindex"
_MADE_BY: Final = ("names", "persons.py", "snapshots.py")

HERE: Final = files("crossing.screening")


@dataclass(frozen=True, slots=True)
class About:
    """Which version a snapshot is of. ``signature`` is the version's seal: over its content, and when it came."""

    code: str
    number: int
    signature: str


class Snapshot(NamedTuple):
    persons: ListedPersons
    names: NameIndex


class Snapshots:
    """The files of this machine, one for each list. Not for several threads at once."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """``key``: 32 bytes. Raises ``FolderInUse`` where another process has ``folder``."""
        self._lock = FolderLock(folder)
        self._folder = folder
        self._key = key
        self._kept: dict[str, About] = {}
        # Now, while the files are those that this process has read: an update may put others in their place.
        made_by()

    def open(self, about: About) -> Snapshot | None:
        """What was kept of this version; None where nothing of use was."""
        path = self._path(about.code)
        try:
            with path.open("rb") as file:
                columns = _read(file, self._key, about)
            found = Snapshot(
                ListedPersons.of_columns(within("persons", columns)), NameIndex.of_columns(within("names", columns))
            )
        except FileNotFoundError:
            return None
        except (_Unusable, InvalidTag, OSError) as trouble:
            log.warning("list_snapshot_unusable", list=about.code, error=type(trouble).__name__)
            return None
        self._kept[about.code] = about
        return found

    def keep(self, lists: Mapping[About, Snapshot]) -> None:
        """Have files of these versions, and of no others. A disk that refuses is told in the log, and no more."""
        worth = {about: one for about, one in lists.items() if len(one.persons) >= WORTH_KEEPING}
        self._delete_all_but({self._path(about.code) for about in worth})
        for about, one in worth.items():
            if self._kept.get(about.code) != about:
                self._save(about, one)

    def close(self) -> None:
        self._lock.release()

    def _save(self, about: About, one: Snapshot) -> None:
        """The file before goes first: what it holds may no longer be on the list."""
        path = self._path(about.code)
        new = path.with_suffix(".new")
        self._kept.pop(about.code, None)
        try:
            _destroy(path)
            columns = under("persons", one.persons.columns()) | under("names", one.names.columns())
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
                _write(file, self._key, about, columns)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            sync_folder(self._folder)
        except OSError as trouble:
            log.error("list_snapshot_not_kept", list=about.code, error=type(trouble).__name__)
            return
        self._kept[about.code] = about

    def _delete_all_but(self, wanted: set[Path]) -> None:
        """Also what a kill left half written."""
        for path in [*self._folder.glob("*.new"), *self._folder.glob(f"*{_SUFFIX}")]:
            if path not in wanted:
                try:
                    _destroy(path)
                except OSError as trouble:
                    log.error("list_snapshot_not_deleted", file=path.name, error=type(trouble).__name__)

    def _path(self, code: str) -> Path:
        return self._folder / f"{quote(code, safe='')}{_SUFFIX}"


class _Unusable(Exception):
    """The file is of another format, version, code or key, or damaged."""


@cache
def made_by() -> str:
    """What has to be the same for the same columns: the code and the tables that make them, and how letters of other
    scripts are read. So no snapshot outlives a change of any of them."""
    digest = sha256(f"{_FORMAT} anyascii {version('anyascii')} {np.dtype(np.uint32).str}\n".encode())
    for name in _MADE_BY:
        for path, content in _contents(HERE / name, name):
            digest.update(f"{path} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


def _contents(place: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    if not place.is_dir():
        yield path, place.read_bytes()
        return
    for inner in sorted(place.iterdir(), key=lambda one: one.name):
        if inner.name != "__pycache__":
            yield from _contents(inner, f"{path}/{inner.name}")


def _write(file: BinaryIO, key: bytes, about: About, columns: Columns) -> None:
    own = AESGCM.generate_key(256)
    header = _HEADER.pack(_MAGIC, _FORMAT, os.urandom(16), aes_key_wrap(key, own))
    chunks = _Chunks(own, header, about)
    table = json.dumps([[name, values.dtype.str, len(values)] for name, values in columns.items()]).encode()
    file.write(header.ljust(_PAGE, b"\0"))
    file.write(_SIZE.pack(len(table)))
    file.write(chunks.sealed(table))
    for values in columns.values():
        for piece in _pieces(values):
            file.write(chunks.sealed(piece))


def _read(file: BinaryIO, key: bytes, about: About) -> Columns:
    """Raises ``_Unusable``, ``InvalidTag`` and ``OSError``."""
    page = file.read(_PAGE)
    header = page[: _HEADER.size]
    if len(page) < _PAGE or _HEADER.unpack(header)[:2] != (_MAGIC, _FORMAT):
        raise _Unusable
    try:
        own = aes_key_unwrap(key, _HEADER.unpack(header)[3])
    except InvalidUnwrap as wrong:
        raise _Unusable from wrong
    chunks = _Chunks(own, header, about)
    size = _SIZE.unpack(_exactly(file, _SIZE.size))[0]
    if size > _MOST_OF_A_TABLE:
        raise _Unusable
    table = json.loads(chunks.opened(_exactly(file, size + _TAG_BYTES)))
    columns: Columns = {}
    for name, kind, length in table:
        columns[name] = private_array((length,), kind)
        for piece in _pieces(columns[name]):
            chunks.open_into(_exactly(file, len(piece) + _TAG_BYTES), piece)
    if file.read(1):
        raise _Unusable
    return columns


class _Chunks:
    """Seals or opens the chunks of one file, in their order."""

    def __init__(self, own_key: bytes, header: bytes, about: About) -> None:
        self._cipher = AESGCM(own_key)
        self._about = header + json.dumps([about.code, about.number, about.signature, made_by()]).encode()
        self._nonces = (number.to_bytes(12, "big") for number in count())

    def sealed(self, plain: bytes | memoryview) -> bytes:
        return self._cipher.encrypt(next(self._nonces), plain, self._about)

    def opened(self, sealed: bytes) -> bytes:
        return self._cipher.decrypt(next(self._nonces), sealed, self._about)

    def open_into(self, sealed: bytes, place: memoryview) -> None:
        self._cipher.decrypt_into(next(self._nonces), sealed, self._about, place)


def _pieces(values: npt.NDArray[Any]) -> Iterator[memoryview]:
    held = values.view(np.uint8).data
    for start in range(0, len(held), CHUNK_BYTES):
        yield held[start : start + CHUNK_BYTES]


def _exactly(file: BinaryIO, size: int) -> bytes:
    content = file.read(size)
    if len(content) < size:
        raise _Unusable
    return content


def _destroy(path: Path) -> None:
    if path.exists():
        destroy(path)
