"""Importing a list: read, compared with the version in use, written beside it, and put in its place at once.

Reading the file and finding faces in portraits take their time and hold no lock; rows are written some at a time and
are of no version yet (``staging.py``); only the last step changes which version is asked. Whatever fails or is cut
short before leaves the old one as it was. A preview is the same up to the first row.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.faces.service import FaceService
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.screening import repository
from crossing.screening.errors import (
    ListEmpty,
    ListPortraitsLost,
    ListShrank,
    ListStoreAbsent,
    ListTakesNoChanges,
)
from crossing.screening.lists.changes import Comparison, Listed, RowMaker, compare
from crossing.screening.lists.contents import ListContents, TrustAnchors
from crossing.screening.lists.dating import Dating
from crossing.screening.lists.document_sets import DocumentSets
from crossing.screening.lists.formats import FORMATS, ListFormat
from crossing.screening.lists.import_order import ImportOrder, list_of, mapping_of, sha256_of, start_of
from crossing.screening.lists.placing import NewVersion, Placing, endings
from crossing.screening.lists.portrait_reading import InUse, PortraitReader, ReadPortraits
from crossing.screening.lists.progress import Progress, Stage, silent
from crossing.screening.lists.provenance import EntryDefaults, Provenance
from crossing.screening.lists.reporting import LEAST_SHARE_KEPT, Reading, columns_of, preview_of, report, report_of
from crossing.screening.lists.schemas import ImportReport
from crossing.screening.lists.seals import Seals
from crossing.screening.lists.set_import import SetImporter, SetOrder
from crossing.screening.lists.set_reading import SetSource
from crossing.screening.lists.sifting import sift
from crossing.screening.lists.signers import refuse_another_signer, refuse_unexpected
from crossing.screening.lists.staging import Staging
from crossing.screening.lists.views import ImportPreview, MappingView, SealState
from crossing.screening.models import ListVersion


class ListImporter:
    """``blobs`` keeps portraits and ``faces`` makes their templates. Without ``blobs`` portraits are left out;
    where ``faces`` gives None, for no engine could be opened, their templates are made later. It is asked once a
    portrait needs it: opening an engine takes seconds and much memory.

    Lists of trust need ``blobs``: their files are kept there.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        audit: Audit,
        seals: Seals,
        blobs: BlobStore | None = None,
        faces: Callable[[], FaceService | None] = lambda: None,
        sets: DocumentSets | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._seals = seals
        self._blobs = blobs
        self._faces = faces
        self._placing = Placing(database, clock=clock, audit=audit, seals=seals)
        self._sets = SetImporter(database, placing=self._placing, sets=sets)

    def import_list(self, order: ImportOrder, progress: Progress = silent) -> ImportReport:
        """Import, or raise a domain error and change nothing. The same content again changes nothing either."""
        progress(Stage.READING, 0, None)
        if self.keeps_file(order.code, order.format):
            return self._import_set(order, progress)
        sha256 = sha256_of(order)
        with reading(self._database) as session:
            watch_list, serving = list_of(session, order)
            same = serving is not None and self._is_the_same(session, order, sha256, serving)
        if order.changes_to:
            raise ListTakesNoChanges
        if same and serving is not None:
            _refuse_unexpected(serving, order)
            self._keep_file(FORMATS[watch_list.format], order)
            return report_of(watch_list, serving, unchanged=True)
        read = self._begin(order, sha256)
        read.contents = self._contents(order, read)
        as_of = self._refuse(order, read)
        portraits = self._portraits(order, read, progress, keep=True)
        _refuse_lost_portraits(order, read, portraits)
        self._keep_file(read.format, order)
        return self._write(order, read, portraits, as_of, progress)

    def preview(self, order: ImportOrder, progress: Progress = silent) -> ImportPreview:
        """What :meth:`import_list` would do. What it would refuse is in the preview; only a list that is not known,
        or not of this format, raises. A list that is kept as a file is previewed up to the size of any other."""
        progress(Stage.READING, 0, None)
        if order.path is not None:
            order = replace(order, content=start_of(order.path), path=None)
        sha256 = sha256_of(order)
        read = self._begin(order, sha256)
        described = partial(preview_of, order.code, read, columns_of(read.format, order.content, read.mapping))
        try:
            read.contents = self._contents(order, read)
        except DomainError as error:
            return described(Comparison(), refusal=error).model_copy(update={"unread": True, "lost": False})
        refusal: DomainError | None = None
        as_of = read.contents.as_of
        try:
            as_of = self._refuse(order, read)
        except DomainError as error:
            refusal = error
        portraits = self._portraits(order, read, progress, keep=False)
        try:
            _refuse_lost_portraits(order, read, portraits)
        except DomainError as error:
            refusal = refusal or error
        progress(Stage.COMPARING, 0, None)
        with reading(self._database) as session:
            same = read.serving is not None and self._is_the_same(session, order, sha256, read.serving)
            found = _compare(session, order, read, portraits)
            ended = len(endings(session, order.code))
        return described(found, as_of=as_of, refusal=refusal, unchanged=same, ended=ended)

    def _begin(self, order: ImportOrder, sha256: str) -> Reading:
        with reading(self._database) as session:
            watch_list, serving = list_of(session, order)
            served = _served(session, order.code, serving)
            believed = self._believed(session, serving)
        list_format = FORMATS[watch_list.format]
        return Reading(
            watch_list=watch_list,
            serving=serving,
            format=list_format,
            sha256=sha256,
            contents=ListContents(),
            mapping=mapping_of(order, watch_list, list_format),
            provenance=Provenance.model_validate(watch_list.provenance or {}).updated(order.provenance),
            defaults=EntryDefaults.model_validate(watch_list.defaults or {}).updated(order.defaults),
            trust_before=self._trust_in_use(list_format, serving),
            served=served,
            believed=believed,
        )

    def _contents(self, order: ImportOrder, read: Reading) -> ListContents:
        contents = read.format.read(order.content, read.mapping)
        sift(contents, self._clock.now().date())
        return contents

    def keeps_file(self, code: str, given: str | None) -> bool:
        """Whether the list is kept as a file beside the database; ``given``: the format, of one not known yet."""
        with reading(self._database) as session:
            known = repository.get_list(session, code)
        listed = FORMATS.get(known.format if known else given or "")
        return listed is not None and listed.kept_as_set

    def _import_set(self, order: ImportOrder, progress: Progress) -> ImportReport:
        source = SetSource(order.content, order.path)
        sha256 = source.sha256()
        read = self._begin(order, sha256)
        if read.serving is not None and self._sets.is_there(read.serving):
            with reading(self._database) as session:
                same = self._is_the_same(session, order, sha256, read.serving)
            if same:
                self._sets.sweep(order.code)
                return report_of(read.watch_list, read.serving, unchanged=True)
        new = SetOrder(
            watch_list=read.watch_list,
            source=source,
            actor=order.actor,
            as_of=self._date(order, read),
            accept_loss=order.accept_loss,
            provenance=read.provenance.model_dump(),
            remembered=_remembered(order, read),
            changes_to=order.changes_to.lower(),
        )
        return report_of(*self._sets.import_set(new, sha256, progress))

    def _is_the_same(self, session: Session, order: ImportOrder, sha256: str, serving: ListVersion) -> bool:
        """Whether nothing would change. A version whose seal does not hold is never the same: it is written anew."""
        return (
            serving.sha256 == sha256
            and order.as_of in (None, serving.as_of)
            and order.only_content
            and order.changes_to.lower() == serving.report.get("changes_to", "")
            and self._believed(session, serving)
        )

    def _believed(self, session: Session, serving: ListVersion | None) -> bool:
        return serving is not None and self._seals.state(session, serving) is SealState.WHOLE

    def _refuse(self, order: ImportOrder, read: Reading) -> datetime:
        """The date of the new version. Raises a domain error where it can't take the place of the one in use."""
        refuse_another_signer(
            read.contents.trust, read.serving, read.trust_before, given=order.signer, seen=order.signer_seen
        )
        if not len(read.contents) and not read.format.may_be_empty:
            raise ListEmpty(skipped=read.contents.skipped)
        as_of = self._date(order, read)
        if not order.accept_loss and read.is_a_loss:
            raise ListShrank(new=len(read.contents), old=read.served)
        return as_of

    def _date(self, order: ImportOrder, read: Reading) -> datetime:
        dating = Dating(order.as_of, read.contents.as_of, corrects=order.correct_date)
        return dating.date(self._clock.now(), read.serving, read.sha256)

    def _portraits(self, order: ImportOrder, read: Reading, progress: Progress, *, keep: bool) -> ReadPortraits:
        with reading(self._database) as session:
            served = repository.served_persons(session, order.code)
            pictured = repository.served_portraits(session, order.code)
        reader = PortraitReader(self._blobs, self._faces, keep=keep)
        return reader.read(read.contents, order.portraits, InUse(served, pictured), read.defaults, progress)

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

    def _write(
        self, order: ImportOrder, read: Reading, portraits: ReadPortraits, as_of: datetime, progress: Progress
    ) -> ImportReport:
        progress(Stage.COMPARING, 0, None)
        staging = Staging.begin(self._database, read.watch_list)
        with reading(self._database) as session:
            # Read again: another import may have been faster. From here on no other can put a version in place.
            _, serving = list_of(session, order)
            if serving is not None and (read.serving is None or serving.number != read.serving.number):
                read.serving = serving
                read.served = _served(session, order.code, serving)
                read.trust_before = self._trust_in_use(read.format, serving)
                as_of = self._refuse(order, read)
                read.believed = self._believed(session, serving)
            found = _compare(session, order, read, portraits)
            ended = endings(session, order.code)
        maker = RowMaker(order.code, staging.number, as_of.date(), read.defaults, portraits.sha256, ended)
        self._stage(staging, maker, found, portraits, progress)
        progress(Stage.SEALING, 0, None)
        new = NewVersion(
            actor=order.actor,
            action="list.imported",
            sha256=read.sha256,
            size=len(order.content),
            as_of=as_of,
            provenance=read.provenance.model_dump(),
            report=report(read, found, portraits, ended=len(ended)),
            remembered=_remembered(order, read),
            detail=_corrected(read.serving, as_of),
            sources_expiry={
                entry.reference: maker.source_expiry(entry) for entry, _ in found.new if entry.reference in ended
            },
        )
        return report_of(*self._placing.place(staging, new))

    def _stage(
        self,
        staging: Staging,
        maker: RowMaker,
        found: Comparison,
        portraits: ReadPortraits,
        progress: Progress,
    ) -> None:
        now = self._clock.now()

        def write(session: Session, some: Sequence[tuple[Listed, str]]) -> None:
            persons = maker.write(session, some)
            faces = FaceTemplateRepository(session)
            for reference, entry_id in persons.items():
                if template := portraits.templates.get(reference):
                    faces.add(SubjectKind.WATCHLIST, entry_id, template, now=now)

        total, done = len(found.new) + sum(map(len, found.gone.values())), 0
        progress(Stage.WRITING, 0, total)
        for some in staging.add(found.new, write):
            done += some
            progress(Stage.WRITING, done, total)
        for model, ids in found.gone.items():
            for some in staging.take_out(model, ids):
                done += some
                progress(Stage.WRITING, done, total)


def _served(session: Session, code: str, serving: ListVersion | None) -> int:
    """How many entries the version in use has."""
    if serving is None:
        return 0
    trust = serving.report.get("certificates", 0) + serving.report.get("revocation_lists", 0)
    return int(repository.count_in_use(session, code) + trust)


def _refuse_lost_portraits(order: ImportOrder, read: Reading, portraits: ReadPortraits) -> None:
    """A list that comes without its pictures finds nobody by face."""
    served = int(read.serving.report.get("portraits", 0)) if read.serving else 0
    if not order.accept_loss and len(portraits.sha256) < served * LEAST_SHARE_KEPT:
        raise ListPortraitsLost(new=len(portraits.sha256), old=served)


def _remembered(order: ImportOrder, read: Reading) -> dict[str, Any]:
    """What the list is to have from now on."""
    return {
        "name": order.name or read.watch_list.name,
        "max_age_days": order.max_age_days or read.watch_list.max_age_days,
        "provenance": read.provenance.model_dump(),
        "defaults": read.defaults.model_dump(),
        "mapping": None if read.mapping is None else MappingView.of(read.mapping).model_dump(mode="json"),
    }


def _corrected(serving: ListVersion | None, as_of: datetime) -> dict[str, Any]:
    """For the audit trail: the date that was put right, where it was."""
    if serving is None or as_of >= serving.as_of:
        return {}
    return {"date_corrected_from": serving.as_of.isoformat(), "date_corrected_to": as_of.isoformat()}


def _refuse_unexpected(serving: ListVersion, order: ImportOrder) -> None:
    if order.signer is not None:
        report = serving.report
        refuse_unexpected(report.get("signer", ""), report.get("signer_fingerprint", ""), order.signer)


def _compare(session: Session, order: ImportOrder, read: Reading, portraits: ReadPortraits) -> Comparison:
    return compare(
        session,
        order.code,
        read.contents,
        portraits=portraits.sha256,
        defaults=read.defaults,
        believed=read.believed,
    )
