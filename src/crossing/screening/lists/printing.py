"""What ``crossing lists`` prints."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

import typer

from crossing.screening.lists.expiry import ExpiryOrder
from crossing.screening.lists.progress import Progress, Stage
from crossing.screening.lists.schemas import ImportFinding, ImportReport, ListStatus
from crossing.screening.lists.views import (
    DueEntry,
    EntryView,
    ImportPreview,
    ListDetail,
    ListDiff,
    MappingView,
    References,
    SealState,
)
from crossing.screening.names.births import ListedBirth

FINDINGS_SHOWN: Final = 20
_REFERENCES_SHOWN: Final = 10
_DATE_ORDERS: Final = {"DMY": "the day", "MDY": "the month", "YMD": "the year alone"}
_DEFAULTS: Final = {"review_after_days": "review, in days", "expires_after_days": "expiry, in days"}
_SEALS: Final = {
    SealState.WHOLE: "the seal holds",
    SealState.UNSIGNED: "NOT SEALED: import it again",
    SealState.SIGNATURE_WRONG: "SEAL BROKEN: signed by another machine, or changed; import it again",
    SealState.CONTENT_DIFFERS: "SEAL BROKEN: its entries are not those that were imported; import it again",
}


def progress_printer(say: Callable[[str], None]) -> Progress:
    """Says each stage, and each tenth of it."""
    told: tuple[Stage | None, int] = (None, 0)

    def progress(stage: Stage, done: int, total: int | None) -> None:
        nonlocal told
        tenth = 10 * done // total if total else 0
        if (stage, tenth) != told:
            told = (stage, tenth)
            say(f"  {stage.value}" + (f": {done} of {total}" if total else ""))

    return progress


def print_report(report: ImportReport, *, findings: int = FINDINGS_SHOWN) -> None:
    """``findings``: how many of what was noticed are shown."""
    if report.unchanged:
        typer.echo(f"{report.code}: version {report.version} has this content already; nothing was changed.")
        return
    typer.echo(
        f"{report.code}: version {report.version} of {report.as_of:%Y-%m-%d} is in use: {_holds(report)} "
        f"({report.added} added, {report.changed} changed, {report.removed} removed, {report.skipped} skipped)."
    )
    _print_left_out(report.left_out)
    if report.ended:
        typer.echo(f"  {_count(report.ended, 'entry')} ended here before: that holds")
    if report.signer:
        typer.echo(f"  signed by {report.signer}; SHA-256 of its certificate: {report.signer_fingerprint}")
    _print_findings(report.findings, sum(report.counts.values()), findings)


def print_age(age_days: int, max_age_days: int | None) -> None:
    """A warning, where a list is too old to clear anybody."""
    if max_age_days is not None and age_days > max_age_days:
        typer.secho(
            f"  EXPIRED: it is {_count(age_days, 'day')} old, and believed for {max_age_days}. It still finds, but "
            "clears nobody.",
            err=True,
            fg="red",
        )


def print_expiry(order: ExpiryOrder, report: ImportReport, until: date | None) -> None:
    """``until``: the last day on which the entry counts from now on, None where it has none."""
    if order.lift:
        holds = f"counts until {until}, as its source says" if until else "counts again"
        typer.echo(f"{order.code} {order.reference}: the ending is taken back; it {holds}.")
    else:
        typer.echo(f"{order.code} {order.reference}: ended; the last day on which it counts is {until}.")
    typer.echo(f"Version {report.version} is in use.")


def print_preview(preview: ImportPreview, *, findings: int = FINDINGS_SHOWN) -> None:
    """A file that could not be read is refused first of all, and nothing is counted of it."""
    if preview.refusal:
        typer.secho(f"{preview.code}: it would be refused: {preview.refusal.text()}", err=True, fg="red")
    if preview.unread:
        _print_columns(preview)
    else:
        _print_changes(preview)
        _print_columns(preview)
        if preview.signer:
            typer.echo(f"  signed by {preview.signer}; SHA-256 of its certificate: {preview.signer_fingerprint}")
        _print_findings(preview.findings, sum(preview.counts.values()), findings)
    typer.echo("Nothing was written.")


def _print_changes(preview: ImportPreview) -> None:
    dated = f" of {preview.as_of:%Y-%m-%d}" if preview.as_of else ""
    typer.echo(f"{preview.code}: the file{dated} holds {_holds(preview)}; {preview.skipped} skipped.")
    _print_left_out(preview.left_out)
    if preview.unchanged:
        typer.echo("  It is in use already.")
    if preview.replaces is not None:
        typer.echo(f"  Against version {preview.replaces}:")
    for word, references in (
        ("added", preview.added),
        ("changed", preview.changed),
        ("removed", preview.removed),
    ):
        typer.echo(f"  {references.count} {word}{_named(references)}")
    if preview.skipped and preview.removed.count:
        typer.echo("  An entry whose row is skipped goes as if its source had taken it out: see who is removed.")
    if preview.lost:
        typer.echo("  More than half of the entries in use are gone: --accept-loss, if that is meant.")


def _print_columns(preview: ImportPreview) -> None:
    if preview.columns:
        typer.echo(f"  columns: {', '.join(preview.columns)}")
    _print_mapping("read by", preview.mapping)
    if preview.mapping is None:
        _print_mapping("suggested (--suggest)", preview.suggested)


def print_detail(detail: ListDetail, *, findings: int = FINDINGS_SHOWN) -> None:
    typer.echo(status_line(detail.status))
    typer.echo(f"  format: {detail.status.format}")
    for name, value in detail.provenance.model_dump().items():
        if value:
            typer.echo(f"  {name.replace('_', ' ')}: {value}")
    for name, value in detail.defaults.model_dump().items():
        if value:
            typer.echo(f"  default {_DEFAULTS.get(name, name.replace('_', ' '))}: {value}")
    _print_mapping("columns", detail.mapping)
    version = detail.version
    if version is None or detail.seal is None:
        return
    typer.echo(f"  imported {version.imported_at:%Y-%m-%d %H:%M} by {version.imported_by}, {version.size} bytes")
    typer.echo(f"  SHA-256 of the file: {version.sha256}")
    typer.echo(f"  {_SEALS[detail.seal]}")
    if detail.chain_broken_at is not None:
        typer.echo(f"  the signature of version {detail.chain_broken_at} does not hold")
    typer.echo(
        f"  entries that expire within 30 days: {detail.expiring}, expired: {detail.expired}, "
        f"past their review: {detail.review_due}, ended here: {detail.ended}"
    )
    _print_findings(version.report.findings, sum(version.report.counts.values()), findings)


def print_entry(entry: EntryView) -> None:
    typer.echo(f"{entry.code} {entry.reference}: {entry.kind.value}, since version {entry.since_version}")
    orders = entry.model_dump(exclude={"code", "kind", "reference", "since_version", "fields", "ended_here"})
    births = [str(ListedBirth.from_json(birth)) for birth in entry.fields.get("births") or ()]
    for name, value in {**entry.fields, "births": births, **orders}.items():
        if value:
            typer.echo(f"  {name.replace('_', ' ')}: {_value(value)}")
    if entry.ended_here:
        typer.echo("  ended here")


def print_diff(diff: ListDiff) -> None:
    typer.echo(
        f"{diff.code}: version {diff.new} against {diff.old}: "
        f"{diff.added} added, {diff.changed} changed, {diff.removed} removed"
    )
    for one in diff.entries:
        fields = f": {', '.join(one.fields)}" if one.fields else ""
        typer.echo(f"  {one.what} {one.kind.value} {one.reference}{fields}")
    more = diff.added + diff.changed + diff.removed - len(diff.entries)
    if more:
        typer.echo(f"  and {more} more")


def print_due(due: list[DueEntry]) -> None:
    for one in due:
        review = f", review {one.review_on}" if one.review_on else ""
        expiry = f", expiry {one.expires_on}" if one.expires_on else ""
        owner = f", {one.owner}" if one.owner else ""
        typer.echo(f"{one.code} {one.reference}: {one.kind.value}{review}{expiry}{owner}")
    if not due:
        typer.echo("No entry is past its review or its expiry.")


def status_line(one: ListStatus) -> str:
    if one.version is None or one.as_of is None:
        return f"{one.code}: {one.name}: never imported"
    age = f"{_count(one.age_days or 0, 'day')} old" + (", EXPIRED" if one.expired else "")
    seal = "" if one.seal in ("", SealState.WHOLE) else f"; {_SEALS[SealState(one.seal)]}"
    return f"{one.code}: {one.name}: version {one.version} of {one.as_of:%Y-%m-%d} ({age}): {_holds(one)}{seal}"


def _print_left_out(left_out: dict[str, int]) -> None:
    """What crosses no border, by the list's word for it."""
    if left_out:
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(left_out.items()))
        typer.echo(f"  left out, for no traveller is one: {counts}")


def _holds(one: ImportReport | ImportPreview | ListStatus) -> str:
    if one.certificates:
        states = _states(one)
        return _count(one.certificates, "certificate") + (f" of {_count(states, 'State')}" if states else "")
    if one.revocation_lists:
        return _count(one.revocation_lists, "revocation list")
    portraits = "" if isinstance(one, ImportPreview) else f", {_count(one.portraits, 'portrait')}"
    vehicles = f", {_count(one.vehicles, 'vehicle')}" if one.vehicles else ""
    return f"{_count(one.persons, 'person')}, {_count(one.documents, 'document')}{portraits}{vehicles}"


def _count(number: int, what: str) -> str:
    if number == 1:
        return f"1 {what}"
    return f"{number} {what[:-1]}ies" if what.endswith("ry") else f"{number} {what}s"


def _states(one: ImportReport | ImportPreview | ListStatus) -> int:
    if isinstance(one, ListStatus):
        return one.states
    return len(one.states) if isinstance(one, ImportReport) else 0


def _named(references: References) -> str:
    if not references.first:
        return ""
    shown = references.first[:_REFERENCES_SHOWN]
    more = ", ..." if references.count > len(shown) else ""
    return f": {', '.join(shown)}{more}"


def _print_findings(findings: tuple[ImportFinding, ...], count: int, shown: int) -> None:
    """What the cell says stays in the file: findings are kept with the version, and shown to whoever sees lists."""
    for finding in findings[:shown]:
        where = f"line {finding.line}" + (f", {finding.reference}" if finding.reference else "")
        field = f" ({finding.field})" if finding.field else ""
        typer.echo(f"  {where}: {finding.code.replace('_', ' ')}{field}")
    if count > len(findings[:shown]):
        typer.echo(f"  and {count - len(findings[:shown])} more" + (": --findings" if len(findings) > shown else ""))


def _print_mapping(title: str, mapping: MappingView | None) -> None:
    if mapping is None:
        return
    typer.echo(f"  {title}:")
    for name, columns in mapping.columns.items():
        typer.echo(f"    {name} = {' + '.join(columns)}")
    for name, value in mapping.constants.items():
        typer.echo(f"    {name} is always {value}")
    for name, value in (("sheet", mapping.sheet), ("records", mapping.records)):
        if value:
            typer.echo(f"    {name}: {value}")
    typer.echo(f"    in a date like 03/04/1980 {_DATE_ORDERS[mapping.date_order]} comes first ({mapping.date_order})")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_value(one) for one in value)
    if isinstance(value, dict):
        return " ".join(str(one) for one in value.values() if one)
    return str(value)
