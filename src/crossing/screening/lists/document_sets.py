"""Lists that are kept as a file beside the database: the files of this machine, and how a check asks one.

A file is named for its list and its digest, which stands in the version's row, and that row is signed. So the row
decides which file is asked, and a file that is not the one that was imported is no answer.
"""

import fcntl
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from crossing.platform.files import sync_folder
from crossing.platform.logs import log
from crossing.ports.document_set import (
    DocumentSet,
    DocumentSetBuilder,
    DocumentSetDamaged,
    DocumentSetError,
    Header,
    Keys,
    Match,
    Origin,
    SetFile,
    write_merged,
)
from crossing.screening.documents import (
    DocumentLikeness,
    DocumentMatch,
    DocumentsUnreadable,
    IndexedDocument,
    tidy,
)
from crossing.screening.errors import ListImportRunning
from crossing.screening.persons import Orders

_SUFFIX: Final = ".docset"
_NEW: Final = "new"
_DELTA: Final = "delta"
_CODE_DIGITS: Final = 16


class DocumentSets:
    """The folder of set files, and the secret their keys are made with; one per process."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        """``secret`` is derived from the machine's master key: without it the files tell nothing."""
        self._folder = folder
        self._keys = Keys(secret)

    def builder(
        self, code: str, origin: Origin, expected: int, *, over: DocumentSet | None = None
    ) -> DocumentSetBuilder:
        """To be used in a ``with`` block, which raises :class:`DocumentSetNoRoom` where the disk has no room. With
        ``over`` a delta is built, to be merged with that set."""
        path = self._path(code, _NEW if over is None else _DELTA)
        return DocumentSetBuilder(
            path, origin, self._keys, expected=expected, base="" if over is None else over.digest
        )

    def merge(self, code: str, base: DocumentSet, origin: Origin) -> Header:
        """Write the set that ``base`` is with the delta that was built last. Raises as a build does, and as reading
        what is there does."""
        both = base.with_delta(SetFile.open(self._path(code, _DELTA), self._keys))
        return write_merged(both, self._path(code, _NEW), origin, self._keys)

    @contextmanager
    def importing(self, code: str) -> Iterator[None]:
        """One import of a list at a time, over all processes. Raises ListImportRunning. A kill lets go of it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / f"{_stem(code)}.lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as taken:
                raise ListImportRunning from taken
            yield

    def put(self, code: str, digest: str) -> None:
        """Give the file that was built last its name, and read it whole. Raises as :meth:`open` does."""
        self._path(code, _NEW).replace(self._path(code, digest))
        sync_folder(self._folder)
        self.open(code, digest).verify()

    def open(self, code: str, digest: str) -> DocumentSet:
        """Raises ``OSError``, and :class:`DocumentSetError` where the file is not the one with this digest."""
        opened = DocumentSet.open(self._path(code, digest), self._keys)
        if opened.digest != digest:
            raise DocumentSetDamaged("the file is not the one that was imported")
        return opened

    def keep_only(self, code: str, digest: str) -> None:
        """Delete the list's other files. One that is still asked lives until its last search ends."""
        kept = self._path(code, digest)
        for path in self._folder.glob(f"{_stem(code)}-*{_SUFFIX}"):
            if path != kept:
                path.unlink(missing_ok=True)

    def _path(self, code: str, digest: str) -> Path:
        return self._folder / f"{_stem(code)}-{digest}{_SUFFIX}"


def digest_of(report: Mapping[str, object]) -> str:
    """Which file a version's report names; empty where it names none."""
    return str(report.get("set_digest", ""))


class SetDocuments:
    """The documents of one list version, in a set file. A file that can't be opened is tried again when asked."""

    def __init__(self, sets: DocumentSets | None, code: str, report: Mapping[str, object]) -> None:
        """``report`` is that of the version: its ``set_digest``, and how many ``documents`` it has."""
        self._sets = sets
        self._code = code
        self._digest = digest_of(report)
        self._count = int(str(report.get("documents", 0)))
        self._opening = Lock()
        self._opened: DocumentSet | None = None
        try:
            self._open()
        except DocumentsUnreadable as trouble:
            log.error("document_set_unreadable", list=code, error=str(trouble))

    def __len__(self) -> int:
        return self._count

    def search(self, number: str, issuer: str) -> list[DocumentMatch]:
        """See :class:`~crossing.screening.documents.Documents`."""
        try:
            found = self._open().search(tidy(number), issuer)
        except (OSError, DocumentSetError) as trouble:
            raise DocumentsUnreadable(type(trouble).__name__) from trouble
        return [self._match(one, tidy(number)) for one in found]

    def _open(self) -> DocumentSet:
        with self._opening:
            if self._opened is None:
                if self._sets is None:
                    raise DocumentsUnreadable("no folder for sets")
                try:
                    self._opened = self._sets.open(self._code, self._digest)
                except (OSError, DocumentSetError) as trouble:
                    raise DocumentsUnreadable(type(trouble).__name__) from trouble
            return self._opened

    def _match(self, found: Match, asked: str) -> DocumentMatch:
        said = found.listing
        number = f"{found.range.first}-{found.range.last}" if found.range else found.number or asked
        reference = f"{said.issuer}:{number}"
        document = IndexedDocument(
            id=uuid5(NAMESPACE_OID, f"{self._code} {reference}"),
            reference=reference,
            number=number,
            issuer=said.issuer,
            type=said.type,
            reason=f"{said.reason} ({said.year})".strip() if said.year else said.reason,
            person=None,
        )
        return DocumentMatch(document, DocumentLikeness.of(found.likeness))


class SameOrders(Mapping[UUID, Orders]):
    """What to do with any document of a set: the list says it once, for all."""

    def __init__(self, action: str = "") -> None:
        self._orders = Orders(
            action=action, caution="", handling="", notice_colour="", review_on=None, expires_on=None
        )

    def __getitem__(self, document: UUID) -> Orders:
        return self._orders

    def __iter__(self) -> Iterator[UUID]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _stem(code: str) -> str:
    """A code is any text of 32 characters; a file name is made of what can't lead anywhere else."""
    return hashlib.sha256(code.encode()).hexdigest()[:_CODE_DIGITS]
