"""One copy as it is asked: opened from its folder, checked against its manifest, and never changed."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final, Self, TypeVar

from crossing.ports.bridge import Database, NominalQuery, NotCheckedReason, VehicleQuery
from crossing.ports.document_set import DocumentSet, DocumentSetError, SetFile
from crossing.screening.snapshots import Snapshots
from interpol_bridge.backends.base import NotAnswered, Record
from interpol_bridge.backends.offline_copy import marks
from interpol_bridge.backends.offline_copy.errors import CopyDamaged
from interpol_bridge.backends.offline_copy.keys import ReadingKey, ReferenceKey
from interpol_bridge.backends.offline_copy.manifest import CopyFile, Holding, Manifest, SignedManifest
from interpol_bridge.backends.offline_copy.persons import Nominals
from interpol_bridge.questions import Question

SETS: Final[tuple[Database, ...]] = (Database.SLTD, Database.TDAWN, Database.SMV)
"""The databases that are asked by a number, and kept as sets of documents."""

Held = TypeVar("Held")


class OpenCopy:
    """Any thread may ask it. Its files stay readable while it lives, also where a newer copy replaced them."""

    def __init__(
        self,
        signed: SignedManifest,
        sets: Mapping[Database, DocumentSet],
        nominals: Nominals | None,
        references: ReferenceKey,
    ) -> None:
        self._signed = signed
        self._references = references
        self._sets = dict(sets)
        self._nominals = nominals

    @classmethod
    def open(cls, folder: Path, key: ReadingKey, snapshots: Snapshots | None = None) -> Self:
        """The copy that the folder's manifest names; a copy that is replaced meanwhile is opened as the new one.

        Raises ``OSError`` and a :class:`CopyRefused`.
        """
        while True:
            signed = SignedManifest.read(folder, key)
            try:
                return cls.of(folder, signed, key, snapshots)
            except (FileNotFoundError, CopyDamaged):
                if SignedManifest.read(folder, key).digest == signed.digest:
                    raise

    @classmethod
    def of(cls, folder: Path, signed: SignedManifest, key: ReadingKey, snapshots: Snapshots | None = None) -> Self:
        """The copy of this manifest, whose files lie in ``folder``. Raises ``OSError`` and CopyDamaged."""
        try:
            holdings = signed.manifest.databases
            sets = {one: open_set(folder, holdings[one], key) for one in SETS if one in holdings}
            nominals = None
            if persons := holdings.get(Database.NOMINALS):
                [file] = persons.files
                nominals = Nominals.open(folder / file.name, file, key.persons, snapshots)
        except FileNotFoundError as error:
            raise CopyDamaged(f"A file of the copy in {folder} is missing: {Path(error.filename).name}.") from error
        return cls(signed, sets, nominals, key.references)

    @property
    def manifest(self) -> Manifest:
        return self._signed.manifest

    @property
    def digest(self) -> str:
        return self._signed.digest

    def ask(self, question: Question, today: date) -> tuple[Record, ...]:
        """The records that answer, best first.

        :raises NotAnswered: UNSUPPORTED where the copy lacks the database, BACKEND_ERROR where it can't be read
        """
        query = question.query
        try:
            if isinstance(query, NominalQuery):
                return _held(self._nominals, question.database).search(query, today)
            held = _held(self._sets.get(question.database), question.database)
            if isinstance(query, VehicleQuery):
                return marks.vehicles(held, query, self._references)
            return marks.documents(held, question.database, query, self._references)
        except (OSError, DocumentSetError) as error:
            raise NotAnswered(NotCheckedReason.BACKEND_ERROR, f"the copy: {type(error).__name__}") from error

    def verify(self) -> None:
        """Read every byte of the sets; persons were, when they were opened. Raises CopyDamaged and ``OSError``."""
        for database, held in self._sets.items():
            try:
                held.verify()
            except DocumentSetError as error:
                raise CopyDamaged(f"The {database} of the copy is damaged: {error}.") from error


def _held(held: Held | None, database: Database) -> Held:
    if held is None:
        raise NotAnswered(NotCheckedReason.UNSUPPORTED, f"the copy has no {database}")
    return held


def open_set(folder: Path, holding: Holding, key: ReadingKey) -> DocumentSet:
    """The set of a database with its deltas. Raises ``FileNotFoundError``, ``OSError`` and CopyDamaged."""
    keys = key.documents
    try:
        files = [SetFile.open(folder / one.name, keys) for one in holding.files]
        if any(file.digest != said.digest for file, said in zip(files, holding.files, strict=True)):
            raise CopyDamaged(f"A file of the copy in {folder} is not the one that the manifest names.")
        return DocumentSet(files, keys)
    except DocumentSetError as error:
        raise CopyDamaged(f"A file of the copy in {folder} can't be believed: {error}.") from error


def has_size(folder: Path, file: CopyFile) -> bool:
    """Whether the file is there, as long as the manifest says."""
    path = folder / file.name
    return path.is_file() and path.stat().st_size == file.size
