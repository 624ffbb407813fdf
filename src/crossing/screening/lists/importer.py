"""Importing a list: read, checked against the version in use, and put in its place in one transaction.

Reading the file and finding faces in portraits take their time and hold no lock; only the last step writes, and it
writes what changed. Until it commits, the old version is asked; whatever fails before leaves it as it was.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.faces.errors import NoFaceFound
from crossing.faces.service import FaceService
from crossing.identity.principal import Principal
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.images import BgrImage, decode_image
from crossing.platform.logs import log
from crossing.screening import repository
from crossing.screening.errors import (
    FormatDiffers,
    FormatUnknown,
    ListFromTheFuture,
    ListOlder,
    ListStoreAbsent,
    ListTooLarge,
    ListUnknown,
)
from crossing.screening.lists.changes import Changes, Prepared
from crossing.screening.lists.contents import (
    MAX_BYTES,
    MAX_ENTRIES,
    Finding,
    FindingCode,
    ListContents,
    ListedPerson,
    TrustAnchors,
    fingerprint,
)
from crossing.screening.lists.formats import FORMATS, ListFormat
from crossing.screening.lists.signers import refuse_another_signer, refuse_unexpected
from crossing.screening.models import ListVersion, WatchList
from crossing.screening.repository import Served
from crossing.screening.schemas import ImportReport

PortraitLoader = Callable[[str], bytes | None]
"""The bytes of the portrait with this file name, or None where there is none."""

_CLOCK_TOLERANCE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What to import. ``name`` and ``format`` are needed the first time only; ``as_of`` where the file has no date.

    ``accept_loss`` lets a file through that has less than half of the entries in use. ``signer`` is the fingerprint
    of the country signer that a master list has to be of; ``signer_seen`` says that the operator is shown it, so that
    the first list under a code may come without.
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
    signer: str | None = None
    signer_seen: bool = False


class ListImporter:
    """``blobs`` keeps portraits and ``faces`` makes their templates. Without ``blobs`` portraits are left out;
    without ``faces``, where no engine could be opened, their templates are made later.

    Lists of trust need ``blobs``: their files are kept there.
    """

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
            served = repository.served_persons(session, order.code) if serving else {}
        list_format = FORMATS[watch_list.format]
        if serving and serving.sha256 == sha256 and order.as_of in (None, serving.as_of):
            _refuse_unexpected(serving, order)
            self._keep_file(list_format, order)
            return _report(watch_list, serving, unchanged=True)
        contents = list_format.read(order.content)
        in_use = self._trust_in_use(list_format, serving)
        _refuse_another_signer(contents, serving, in_use, order)
        prepared = Prepared(
            code=order.code,
            actor=order.actor,
            accept_loss=order.accept_loss,
            size=len(order.content),
            sha256=sha256,
            as_of=self._date(order, contents, serving),
            contents=contents,
            trust_before=in_use,
            number_before=_number(serving),
        )
        self._read_portraits(order, prepared, served)
        self._keep_file(list_format, order)
        if self._blobs:
            for image in prepared.images.values():
                self._blobs.put(image)
        with self._database.unit_of_work() as session:
            return self._write(session, order, prepared)

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

    def _keep_file(self, list_format: ListFormat, order: ImportOrder) -> None:
        """Of a list of trust the file itself is kept: who trusts it later checks its signature again."""
        if list_format.is_trust:
            if self._blobs is None:
                raise ListStoreAbsent
            self._blobs.put(order.content)

    def _trust_in_use(self, list_format: ListFormat, serving: ListVersion | None) -> TrustAnchors:
        """What the version in use trusts, to tell what is new; nothing where its file is lost or not believed."""
        if not list_format.is_trust or serving is None or self._blobs is None or not self._blobs.has(serving.sha256):
            return TrustAnchors()
        try:
            return list_format.read(self._blobs.get(serving.sha256)).trust
        except DomainError:
            return TrustAnchors()

    def _read_portraits(self, order: ImportOrder, prepared: Prepared, served: dict[str, Served]) -> None:
        for person in prepared.contents.persons:
            if not person.portrait:
                continue
            trouble = self._read_portrait(order, prepared, person, served)
            if trouble is not None:
                line = prepared.contents.lines[person.reference]
                prepared.contents.findings.append(Finding(line, person.reference, trouble, "portrait"))

    def _read_portrait(
        self, order: ImportOrder, prepared: Prepared, person: ListedPerson, served: dict[str, Served]
    ) -> FindingCode | None:
        loader = order.portraits
        content = loader(person.portrait) if loader and self._blobs else None
        if content is None:
            return FindingCode.PORTRAIT_MISSING
        sha256 = hashlib.sha256(content).hexdigest()
        known = served.get(person.reference)
        if known is not None and known.fingerprint == fingerprint(person, sha256):
            prepared.portraits[person.reference] = sha256
            return None
        try:
            image = decode_image(content, patient=True)
        except DomainError:
            return FindingCode.PORTRAIT_UNREADABLE
        prepared.portraits[person.reference] = sha256
        prepared.images[sha256] = content
        return self._make_template(prepared, person, image)

    def _make_template(self, prepared: Prepared, person: ListedPerson, image: BgrImage) -> FindingCode | None:
        """Where no engine is there, or it fails, the portrait is kept and the retemplating makes the template."""
        if self._faces is None:
            return None
        try:
            prepared.templates[person.reference] = self._faces.analyse(image).template
        except NoFaceFound:
            return FindingCode.PORTRAIT_WITHOUT_FACE
        except Exception as trouble:  # noqa: BLE001 - a list's names must not wait for an engine that fails on a picture
            log.error("faces_picture_failed", error=type(trouble).__name__)
        return None

    def _write(self, session: Session, order: ImportOrder, prepared: Prepared) -> ImportReport:
        hold_until_commit(session, f"list {order.code}")
        # Read again: another import may have been faster, and this transaction now keeps it out.
        watch_list, serving = self._the_list(session, order)
        self._date(order, prepared.contents, serving)
        if _number(serving) != prepared.number_before:
            prepared.trust_before = self._trust_in_use(FORMATS[watch_list.format], serving)
        _refuse_another_signer(prepared.contents, serving, prepared.trust_before, order)
        if serving is None:
            session.add(watch_list)
            session.flush()
        changes = Changes(session, prepared, repository.last_number(session, watch_list.code) + 1)
        changes.refuse_a_loss(serving)
        changes.write(self._clock.now())
        watch_list.name = order.name or watch_list.name
        watch_list.max_age_days = order.max_age_days or watch_list.max_age_days
        watch_list.serving = changes.number
        version = changes.version(watch_list, self._clock.now())
        session.add(version)
        session.flush()
        self._audit.record(
            session,
            actor=order.actor,
            action="list.imported",
            subject_kind="watchlist",
            subject_id=watch_list.code,
            purpose="list_maintenance",
            detail={"version": version.number, "sha256": version.sha256},
        )
        return _report(watch_list, version)


def _refuse_another_signer(
    contents: ListContents, serving: ListVersion | None, in_use: TrustAnchors, order: ImportOrder
) -> None:
    refuse_another_signer(contents.trust, serving, in_use, given=order.signer, seen=order.signer_seen)


def _number(version: ListVersion | None) -> int:
    return version.number if version else 0


def _refuse_unexpected(serving: ListVersion, order: ImportOrder) -> None:
    if order.signer is not None:
        report = serving.report
        refuse_unexpected(report.get("signer", ""), report.get("signer_fingerprint", ""), order.signer)


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
