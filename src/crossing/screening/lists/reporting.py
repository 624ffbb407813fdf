"""What is said of an import: the report of a version, and the preview of one that is not written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from crossing.platform.errors import DomainError
from crossing.screening.lists.changes import Comparison
from crossing.screening.lists.contents import ListContents, TrustAnchors
from crossing.screening.lists.formats import ListFormat
from crossing.screening.lists.formats.tables import ROWS_LOOKED_AT, preview
from crossing.screening.lists.mapping import ColumnMapping, suggest
from crossing.screening.lists.portrait_reading import ReadPortraits
from crossing.screening.lists.provenance import EntryDefaults, Provenance
from crossing.screening.lists.schemas import ImportFinding, ImportReport
from crossing.screening.lists.views import ImportPreview, MappingView, References, Refusal
from crossing.screening.models import ListVersion, WatchList

_FINDINGS_KEPT: Final = 500
LEAST_SHARE_KEPT: Final = 0.5
_REFERENCES_SHOWN: Final = 100


@dataclass(slots=True)
class Reading:
    """A file that is read, and what it is to replace. ``trust_before`` is what the version in use trusts, ``served``
    how many entries it has; it is ``believed`` while its seal holds."""

    watch_list: WatchList
    serving: ListVersion | None
    format: ListFormat
    sha256: str
    contents: ListContents
    mapping: ColumnMapping | None
    provenance: Provenance
    defaults: EntryDefaults
    trust_before: TrustAnchors
    served: int
    believed: bool

    @property
    def is_a_loss(self) -> bool:
        return len(self.contents) < self.served * LEAST_SHARE_KEPT


@dataclass(frozen=True, slots=True)
class Columns:
    """The column names of a file, and the mapping that they suggest."""

    names: tuple[str, ...] = ()
    suggested: ColumnMapping | None = None


def report_of(watch_list: WatchList, version: ListVersion, *, unchanged: bool = False) -> ImportReport:
    return ImportReport(
        code=watch_list.code,
        version=version.number,
        unchanged=unchanged,
        sha256=version.sha256,
        as_of=version.as_of,
        imported_at=version.imported_at,
        **version.report,
    )


def report(read: Reading, found: Comparison, portraits: ReadPortraits, *, ended: int) -> dict[str, Any]:
    """What a version keeps of its import."""
    return {
        **_counts(read, found),
        "portraits": len(portraits.sha256),
        "portraits_missing": sum(bool(person.portrait) for person in read.contents.persons) - len(portraits.sha256),
        "states": list(read.contents.trust.states),
        "ended": ended,
    }


def preview_of(
    code: str,
    read: Reading,
    columns: Columns,
    found: Comparison,
    *,
    as_of: datetime | None = None,
    refusal: DomainError | None = None,
    unchanged: bool = False,
    ended: int = 0,
) -> ImportPreview:
    counts = _counts(read, found)
    findings = tuple(ImportFinding.model_validate(one) for one in counts.pop("findings"))
    differing = {name: counts.pop(name) for name in ("added", "changed", "removed")}
    return ImportPreview(
        code=code,
        format=read.format.name,
        sha256=read.sha256,
        unchanged=unchanged,
        as_of=as_of,
        replaces=read.serving.number if read.serving else None,
        added=_references(differing["added"], found.added),
        changed=_references(differing["changed"], found.changed),
        removed=_references(differing["removed"], found.removed),
        ended=ended,
        lost=read.is_a_loss,
        findings=findings,
        columns=columns.names,
        mapping=None if read.mapping is None else MappingView.of(read.mapping),
        suggested=None if columns.suggested is None else MappingView.of(columns.suggested),
        refusal=Refusal.of(refusal) if refusal else None,
        max_age_days=read.watch_list.max_age_days,
        **counts,
    )


def columns_of(list_format: ListFormat, content: bytes, mapping: ColumnMapping | None) -> Columns:
    """The columns of a file whose format takes a mapping, and what their names suggest; nothing where it can't even
    be opened, which reading it will say."""
    if not list_format.takes_mapping:
        return Columns()
    try:
        shown = preview(content, mapping, rows=ROWS_LOOKED_AT)
    except DomainError:
        return Columns()
    return Columns(shown.headers, suggest(shown.headers, list_format.name, shown.rows))


def _counts(read: Reading, found: Comparison) -> dict[str, Any]:
    contents, before = read.contents, read.trust_before
    trust = contents.trust
    owned = sum(len(person.documents) for person in contents.persons)
    return {
        "persons": len(contents.persons),
        "documents": len(contents.documents) + owned,
        "vehicles": len(contents.vehicles),
        "certificates": len(trust.certificates),
        "revocation_lists": len(trust.revocation_lists),
        "signer": trust.signer,
        "signer_fingerprint": trust.signer_fingerprint,
        "added": len(found.added) + len({*trust.all} - {*before.all}),
        "changed": len(found.changed),
        "removed": len(found.removed) + len({*before.all} - {*trust.all}),
        "skipped": contents.skipped,
        "left_out": dict(contents.left_out),
        "counts": dict(Counter(finding.code.value for finding in contents.findings)),
        "findings": [
            {"line": one.line, "reference": one.reference, "code": one.code.value, "field": one.field}
            for one in sorted(contents.findings, key=lambda one: one.line)[:_FINDINGS_KEPT]
        ],
    }


def _references(count: int, references: Sequence[str]) -> References:
    return References(count=count, first=tuple(references[:_REFERENCES_SHOWN]))
