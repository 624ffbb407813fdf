"""Importing a list: read, checked against the version in use, and put in its place in one transaction.

Reading the file and finding faces in portraits take their time and hold no lock; only the last step writes, and it
writes what changed. Until it commits, the old version is asked; whatever fails before leaves it as it was.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.faces.engines.base import Template
from crossing.faces.errors import NoFaceFound
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.faces.service import FaceService
from crossing.identity.principal import Principal
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.ids import new_id
from crossing.platform.images import decode_image
from crossing.screening import repository
from crossing.screening.documents import fold
from crossing.screening.errors import (
    FormatDiffers,
    FormatUnknown,
    ListEmpty,
    ListFromTheFuture,
    ListOlder,
    ListShrank,
    ListTooLarge,
    ListUnknown,
)
from crossing.screening.lists.contents import (
    MAX_BYTES,
    MAX_ENTRIES,
    Finding,
    FindingCode,
    ListContents,
    ListedDocument,
    ListedPerson,
    Orders,
    fingerprint,
)
from crossing.screening.lists.formats import FORMATS
from crossing.screening.models import DocumentEntry, ListEntry, ListName, ListVersion, WatchList
from crossing.screening.repository import Served
from crossing.screening.schemas import ImportReport

PortraitLoader = Callable[[str], bytes | None]
"""The bytes of the portrait with this file name, or None where there is none."""

_FINDINGS_KEPT: Final = 500
_LEAST_SHARE_KEPT: Final = 0.5
_CLOCK_TOLERANCE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What to import. ``name`` and ``format`` are needed the first time only; ``as_of`` where the file has no date.

    ``accept_loss`` lets a file through that has less than half of the entries in use.
    """

    code: str
    content: bytes
    actor: Principal
    name: str | None = None
    format: str | None = None
    as_of: datetime | None = None
    max_age_days: int | None = None
    accept_loss: bool = False
    portraits: PortraitLoader | None = None


@dataclass(slots=True)
class _Prepared:
    """Everything that is to be written, known before the transaction begins."""

    order: ImportOrder
    watch_list: WatchList
    contents: ListContents
    sha256: str
    as_of: datetime
    portraits: dict[str, str] = field(default_factory=dict)
    images: dict[str, bytes] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)


class ListImporter:
    """``blobs`` keeps portraits and ``faces`` makes their templates; without them portraits are left out."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        audit: Audit,
        blobs: BlobStore | None = None,
        faces: FaceService | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._blobs = blobs
        self._faces = faces

    def import_list(self, order: ImportOrder) -> ImportReport:
        """Import, or raise a domain error and change nothing. The same content again changes nothing either."""
        if len(order.content) > MAX_BYTES:
            raise ListTooLarge(max_megabytes=MAX_BYTES // (1024 * 1024), max_entries=MAX_ENTRIES)
        sha256 = hashlib.sha256(order.content).hexdigest()
        with reading(self._database) as session:
            watch_list, serving = self._the_list(session, order)
            if serving and serving.sha256 == sha256 and order.as_of in (None, serving.as_of):
                return _report(watch_list, serving, unchanged=True)
            served = repository.served_persons(session, order.code) if serving else {}
        contents = FORMATS[watch_list.format].read(order.content)
        as_of = self._date(order, contents, serving)
        prepared = _Prepared(order, watch_list, contents, sha256, as_of)
        self._read_portraits(prepared, served)
        if self._blobs:
            for image in prepared.images.values():
                self._blobs.put(image)
        with self._database.unit_of_work() as session:
            return self._write(session, prepared)

    def _the_list(self, session: Session, order: ImportOrder) -> tuple[WatchList, ListVersion | None]:
        known = repository.get_list(session, order.code)
        if order.format is not None and order.format not in FORMATS:
            raise FormatUnknown(known=", ".join(FORMATS))
        if known is None:
            if not order.name or order.format is None:
                raise ListUnknown
            max_age = order.max_age_days or FORMATS[order.format].max_age_days
            new = WatchList(code=order.code, name=order.name, format=order.format, max_age_days=max_age, serving=None)
            return new, None
        if order.format not in (None, known.format):
            raise FormatDiffers(format=known.format)
        return known, repository.version(session, known.code, known.serving) if known.serving else None

    def _date(self, order: ImportOrder, contents: ListContents, serving: ListVersion | None) -> datetime:
        now = self._clock.now()
        as_of = order.as_of or contents.as_of or now
        if as_of > now + _CLOCK_TOLERANCE:
            raise ListFromTheFuture(as_of=as_of.date().isoformat())
        if serving and as_of < serving.as_of:
            raise ListOlder(as_of=as_of.isoformat(), serving=serving.as_of.isoformat())
        return as_of

    def _read_portraits(self, prepared: _Prepared, served: dict[str, Served]) -> None:
        for person in prepared.contents.persons:
            if not person.portrait:
                continue
            trouble = self._read_portrait(prepared, person, served)
            if trouble is not None:
                line = prepared.contents.lines[person.reference]
                prepared.contents.findings.append(Finding(line, person.reference, trouble, "portrait"))

    def _read_portrait(
        self, prepared: _Prepared, person: ListedPerson, served: dict[str, Served]
    ) -> FindingCode | None:
        loader = prepared.order.portraits
        content = loader(person.portrait) if loader and self._blobs else None
        if content is None:
            return FindingCode.PORTRAIT_MISSING
        sha256 = hashlib.sha256(content).hexdigest()
        known = served.get(person.reference)
        if known is not None and known.fingerprint == fingerprint(person, sha256):
            prepared.portraits[person.reference] = sha256
            return None
        try:
            image = decode_image(content)
        except DomainError:
            return FindingCode.PORTRAIT_UNREADABLE
        prepared.portraits[person.reference] = sha256
        prepared.images[sha256] = content
        if self._faces is None:
            return None
        try:
            prepared.templates[person.reference] = self._faces.analyse(image).template
        except NoFaceFound:
            return FindingCode.PORTRAIT_WITHOUT_FACE
        return None

    def _write(self, session: Session, prepared: _Prepared) -> ImportReport:
        hold_until_commit(session, f"list {prepared.order.code}")
        # Read again: another import may have been faster, and this transaction now keeps it out.
        watch_list, serving = self._the_list(session, prepared.order)
        self._date(prepared.order, prepared.contents, serving)
        if serving is None:
            session.add(watch_list)
            session.flush()
        changes = _Changes(session, prepared, repository.last_number(session, watch_list.code) + 1)
        changes.refuse_a_loss()
        changes.write(self._clock.now())
        watch_list.name = prepared.order.name or watch_list.name
        watch_list.max_age_days = prepared.order.max_age_days or watch_list.max_age_days
        watch_list.serving = changes.number
        version = changes.version(watch_list, self._clock.now())
        session.add(version)
        session.flush()
        self._audit.record(
            session,
            actor=prepared.order.actor,
            action="list.imported",
            subject_kind="watchlist",
            subject_id=watch_list.code,
            purpose="list_maintenance",
            detail={"version": version.number, "sha256": version.sha256},
        )
        return _report(watch_list, version)


class _Changes:
    """The difference between the version in use and the new one, row by row."""

    def __init__(self, session: Session, prepared: _Prepared, number: int) -> None:
        self._session = session
        self._prepared = prepared
        self.number = number
        self._served_persons = repository.served_persons(session, prepared.order.code)
        self._served_documents = repository.served_documents(session, prepared.order.code)
        self._new_persons: list[tuple[ListedPerson, str]] = []
        self._new_documents: list[tuple[ListedDocument, str]] = []
        kept: set[str] = set()
        for person in prepared.contents.persons:
            mark = fingerprint(person, prepared.portraits.get(person.reference))
            if _same(self._served_persons.get(person.reference), mark):
                kept.add(person.reference)
            else:
                self._new_persons.append((person, mark))
        for document in prepared.contents.documents:
            mark = fingerprint(document)
            if _same(self._served_documents.get(document.reference), mark):
                kept.add(document.reference)
            else:
                self._new_documents.append((document, mark))
        self._gone_persons = [one.id for reference, one in self._served_persons.items() if reference not in kept]
        self._gone_documents = [one.id for reference, one in self._served_documents.items() if reference not in kept]

    def refuse_a_loss(self) -> None:
        contents, old = self._prepared.contents, len(self._served_persons) + len(self._served_documents)
        if not len(contents):
            raise ListEmpty(skipped=contents.skipped)
        if len(contents) < old * _LEAST_SHARE_KEPT and not self._prepared.order.accept_loss:
            raise ListShrank(new=len(contents), old=old)

    def write(self, now: datetime) -> None:
        faces = FaceTemplateRepository(self._session)
        repository.take_out_persons(self._session, self._gone_persons, self.number)
        repository.take_out_documents(self._session, self._gone_documents, self.number)
        for entry_id in self._gone_persons:
            faces.remove_subject(SubjectKind.WATCHLIST, entry_id)
        entries, names, documents = [], [], []
        for person, mark in self._new_persons:
            entry = self._entry(person, mark)
            entries.append(entry)
            names += [_name(entry["id"], name) for name in person.names]
            documents += [
                self._document(one, fingerprint(one), person.orders, entry["id"]) for one in person.documents
            ]
        documents += [self._document(one, mark, one.orders, None) for one, mark in self._new_documents]
        repository.insert(self._session, ListEntry, entries)
        repository.insert(self._session, ListName, names)
        repository.insert(self._session, DocumentEntry, documents)
        for entry in entries:
            if template := self._prepared.templates.get(entry["reference"]):
                faces.add(SubjectKind.WATCHLIST, entry["id"], template, now=now)

    def version(self, watch_list: WatchList, now: datetime) -> ListVersion:
        prepared, findings = self._prepared, self._prepared.contents.findings
        gone = len(self._gone_persons) + len(self._gone_documents)
        references = {*self._served_persons, *self._served_documents}
        new = [person.reference for person, _ in self._new_persons]
        new += [document.reference for document, _ in self._new_documents]
        changed = sum(reference in references for reference in new)
        return ListVersion(
            id=new_id(),
            list_code=watch_list.code,
            number=self.number,
            sha256=prepared.sha256,
            size=len(prepared.order.content),
            as_of=prepared.as_of,
            imported_at=now,
            imported_by=prepared.order.actor.login[:64],
            report={
                "persons": len(prepared.contents.persons),
                "documents": len(prepared.contents.documents)
                + sum(len(person.documents) for person in prepared.contents.persons),
                "portraits": len(prepared.portraits),
                "added": len(new) - changed,
                "changed": changed,
                "removed": gone - changed,
                "skipped": prepared.contents.skipped,
                "counts": Counter(finding.code.value for finding in findings),
                "findings": [
                    {"line": one.line, "reference": one.reference, "code": one.code.value, "field": one.field}
                    for one in sorted(findings, key=lambda one: one.line)[:_FINDINGS_KEPT]
                ],
            },
        )

    def _entry(self, person: ListedPerson, mark: str) -> dict[str, Any]:
        return {
            **self._listed(person.reference, mark, person.orders),
            "label": person.label[:300],
            "births": [birth.as_json() for birth in person.births],
            "sex": person.sex,
            "nationalities": list(person.nationalities),
            "portrait_sha256": self._prepared.portraits.get(person.reference),
            "remarks": person.remarks,
        }

    def _document(self, document: ListedDocument, mark: str, orders: Orders, owner: Any) -> dict[str, Any]:
        return {
            **self._listed(document.reference, mark, orders),
            "entry_id": owner,
            "number": document.number,
            "number_key": fold(document.number)[:64],
            "issuer": document.issuer,
            "type": document.type,
            "reason": document.reason,
        }

    def _listed(self, reference: str, mark: str, orders: Orders) -> dict[str, Any]:
        return {
            "id": new_id(),
            "list_code": self._prepared.order.code,
            "reference": reference,
            "fingerprint": mark,
            "added_in": self.number,
            "removed_in": None,
            **{name: getattr(orders, name) for name in Orders.__slots__},
        }


def _same(served: Served | None, mark: str) -> bool:
    return served is not None and served.fingerprint == mark


def _name(entry_id: Any, name: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "entry_id": entry_id,
        "kind": name.kind.value,
        "surname": name.surname[:200],
        "given_names": name.given_names[:300],
    }


def _report(watch_list: WatchList, version: ListVersion, *, unchanged: bool = False) -> ImportReport:
    return ImportReport(
        code=watch_list.code,
        version=version.number,
        unchanged=unchanged,
        sha256=version.sha256,
        as_of=version.as_of,
        imported_at=version.imported_at,
        **version.report,
    )
