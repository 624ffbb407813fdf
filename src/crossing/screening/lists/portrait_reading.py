"""The portraits of an import: found, decoded, kept and made templates of, one at a time."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from crossing.faces.engines.base import Template
from crossing.faces.errors import NoFaceFound
from crossing.faces.service import FaceService
from crossing.platform.blobs import BlobStore
from crossing.platform.errors import DomainError
from crossing.platform.images import BgrImage, decode_image
from crossing.platform.logs import log
from crossing.screening.lists.changes import mark_of
from crossing.screening.lists.contents import Finding, FindingCode, ListContents, ListedPerson
from crossing.screening.lists.progress import Progress, Stage
from crossing.screening.lists.provenance import EntryDefaults
from crossing.screening.repository import Served, ServedPortrait

PortraitLoader = Callable[[str], bytes | None]
"""The bytes of the portrait with this file name, or None where there is none."""

_TOLD_EVERY: Final = 20


@dataclass(slots=True)
class ReadPortraits:
    """By reference: the SHA-256 of each portrait that could be read, and the templates that were made."""

    sha256: dict[str, str] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InUse:
    """By reference, the persons in use, and the portraits of those who have one."""

    persons: Mapping[str, Served]
    portraits: Mapping[str, ServedPortrait]


class PortraitReader:
    """``blobs`` None: portraits are left out. ``faces``, asked once the first portrait is there, gives None: their
    templates are made later.

    With ``keep`` False nothing is kept and no template is made: for a preview.
    """

    def __init__(self, blobs: BlobStore | None, faces: Callable[[], FaceService | None], *, keep: bool) -> None:
        self._blobs = blobs
        self._open_faces = cache(faces)
        self._keep = keep

    def read(
        self,
        contents: ListContents,
        loader: PortraitLoader | None,
        served: InUse,
        defaults: EntryDefaults,
        progress: Progress,
    ) -> ReadPortraits:
        """What was wrong with one is added to the findings of ``contents``. A portrait of an entry that is in use as
        it is was decoded before. Where no file came, the portrait in use stays if it was made of one of that name."""
        read = ReadPortraits()
        wanted = [person for person in contents.persons if person.portrait]
        for done, person in enumerate(wanted):
            if done % _TOLD_EVERY == 0:
                progress(Stage.PORTRAITS, done, len(wanted))
            trouble = self._read(person, loader, served, defaults, read)
            if trouble is not None:
                line = contents.lines.get(person.reference, 0)
                contents.findings.append(Finding(line, person.reference, trouble, "portrait"))
        return read

    def _read(
        self,
        person: ListedPerson,
        loader: PortraitLoader | None,
        served: InUse,
        defaults: EntryDefaults,
        read: ReadPortraits,
    ) -> FindingCode | None:
        content = loader(person.portrait) if loader and self._blobs else None
        if content is None and (kept := _kept(person, served)):
            if _is_as_it_was(person, served, defaults, kept):
                read.sha256[person.reference] = kept
                return None
            content = self._blobs.get(kept) if self._blobs and self._blobs.has(kept) else None
        if content is None or self._blobs is None:
            return FindingCode.PORTRAIT_MISSING
        sha256 = hashlib.sha256(content).hexdigest()
        if _is_as_it_was(person, served, defaults, sha256):
            read.sha256[person.reference] = sha256
            return None
        try:
            image = decode_image(content, patient=True)
        except DomainError:
            return FindingCode.PORTRAIT_UNREADABLE
        read.sha256[person.reference] = sha256
        if self._keep:
            self._blobs.put(content)
        return self._make_template(person, image, read)

    def _make_template(self, person: ListedPerson, image: BgrImage, read: ReadPortraits) -> FindingCode | None:
        """Where no engine is there, or it fails, the portrait is kept and the retemplating makes the template."""
        faces = self._open_faces() if self._keep else None
        if faces is None:
            return None
        try:
            read.templates[person.reference] = faces.analyse(image).template
        except NoFaceFound:
            return FindingCode.PORTRAIT_WITHOUT_FACE
        except Exception as trouble:  # noqa: BLE001 - a list's names must not wait for an engine that fails on a picture
            log.error("faces_picture_failed", error=type(trouble).__name__)
        return None


def _kept(person: ListedPerson, served: InUse) -> str | None:
    """The SHA-256 of the portrait in use, if that is the one which the list names."""
    known = served.portraits.get(person.reference)
    return known.sha256 if known and known.file in (None, person.portrait) else None


def _is_as_it_was(person: ListedPerson, served: InUse, defaults: EntryDefaults, sha256: str) -> bool:
    known = served.persons.get(person.reference)
    return known is not None and known.fingerprint == mark_of(person, defaults, sha256)
