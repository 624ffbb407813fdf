"""``crossing lists``: lists imported and looked at on the machine itself, where files may be large.

The commands get their parts from whoever mounts them: ``app(open_parts)``, where ``open_parts`` opens the database
and what belongs to it for the length of one command.
"""

import getpass
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from crossing.identity.principal import SYSTEM, Principal
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.screening.lists.expiry import ExpiryOrder
from crossing.screening.lists.files import content_of, folder_loader
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.history import find_entry
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.mapping import DATE_ORDERS, ColumnMapping
from crossing.screening.lists.placing import in_use
from crossing.screening.lists.printing import (
    FINDINGS_SHOWN,
    print_age,
    print_detail,
    print_diff,
    print_due,
    print_entry,
    print_expiry,
    print_preview,
    print_report,
    progress_printer,
    status_line,
)
from crossing.screening.lists.progress import Progress
from crossing.screening.lists.provenance import EntryDefaults, Provenance
from crossing.screening.lists.service import ListService
from crossing.screening.lists.status import age_days
from crossing.screening.lists.views import SealState

__all__ = ["Parts", "app", "folder_loader"]

_PURPOSE: Final = "list_maintenance"
_CODE: Final = typer.Argument(help="Short name of the list.")
_ALL: Final = 1_000_000_000
_By = Annotated[
    str | None,
    typer.Option("--by", help="Who does this, for the list and the audit trail. Default: the user of this machine."),
]
_Findings = Annotated[
    bool, typer.Option("--findings", help="Show all that was noticed and kept, not only the first twenty.")
]


@dataclass(frozen=True, slots=True)
class Parts:
    database: Database
    lists: ListService
    clock: Clock


OpenParts = Callable[[], AbstractContextManager[Parts]]


def app(open_parts: OpenParts) -> typer.Typer:
    """The sub-command, to be mounted under ``crossing``."""
    commands = typer.Typer(help="Watchlists: import a new version, see what is in use, compare, end entries.")
    _add_import(commands, open_parts)
    _add_looks(commands, open_parts)
    _add_expire(commands, open_parts)
    return commands


def _add_import(commands: typer.Typer, open_parts: OpenParts) -> None:
    @commands.command("import", epilog=f"Formats: {', '.join(FORMATS)}.")
    def import_command(  # noqa: PLR0913, PLR0917 - each is an option on the command line
        files: Annotated[
            list[Path],
            typer.Argument(help="The list, as its owner publishes it: a file, several, or a folder.", exists=True),
        ],
        code: Annotated[str, typer.Option(help="Short name of the list, for example un or national.")],
        name: Annotated[str | None, typer.Option(help="Name shown to officers; needed the first time.")] = None,
        list_format: Annotated[
            str | None, typer.Option("--format", help="One of those named below; needed the first time.")
        ] = None,
        preview: Annotated[bool, typer.Option("--preview", help="Say what would happen, and write nothing.")] = False,
        portraits: Annotated[
            Path | None,
            typer.Option(help="Folder of the portrait files. Default: the folder of the list.", file_okay=False),
        ] = None,
        as_of: Annotated[
            str | None,
            typer.Option(
                help="Date of the list, YYYY-MM-DD or today; needed where the file itself has none, and never later "
                "than the file's own."
            ),
        ] = None,
        correct_date: Annotated[
            bool, typer.Option("--correct-date", help="The same file again: --as-of puts its wrong date right.")
        ] = False,
        max_age_days: Annotated[
            int | None, typer.Option(min=1, help="Older than this, the list is not believed.")
        ] = None,
        accept_loss: Annotated[bool, typer.Option(help="Import although half of the entries are gone.")] = False,
        changes_to: Annotated[
            str,
            typer.Option(
                help="Of a list of documents: the file holds changes alone, made for the file imported last, whose "
                "SHA-256 this is (crossing lists show prints it)."
            ),
        ] = "",
        signer: Annotated[
            str | None,
            typer.Option(help="Of a master list: the SHA-256 of the country signing certificate that it must be of."),
        ] = None,
        source: Annotated[str, typer.Option(help="Where the file is from: an address, or words.")] = "",
        publisher: Annotated[str, typer.Option(help="Who publishes the list.")] = "",
        licence: Annotated[str, typer.Option(help="Under which licence.")] = "",
        legal_basis: Annotated[str, typer.Option(help="On what ground the list is kept here.")] = "",
        owner: Annotated[str, typer.Option(help="Who answers for the list here.")] = "",
        default_action: Annotated[str, typer.Option(help="For entries without an action of their own.")] = "",
        default_legal_basis: Annotated[str, typer.Option(help="For entries without one of their own.")] = "",
        default_owner: Annotated[str, typer.Option(help="For entries without an owner of their own.")] = "",
        review_after: Annotated[
            int | None, typer.Option(min=1, help="Days until an entry without a review date is due for review.")
        ] = None,
        expire_after: Annotated[
            int | None, typer.Option(min=1, help="Days until an entry without an expiry date ends.")
        ] = None,
        columns: Annotated[
            list[str] | None,
            typer.Option("--map", help="FIELD=COLUMN; again for each field, and for columns that are joined."),
        ] = None,
        constants: Annotated[list[str] | None, typer.Option("--constant", help="FIELD=VALUE for every row.")] = None,
        sheet: Annotated[str, typer.Option(help="Sheet of an XLSX file. Default: the first.")] = "",
        records: Annotated[str, typer.Option(help="Path of the records in a JSON file, like data.items.")] = "",
        date_order: Annotated[
            str, typer.Option(help="How 03/04/1980 is meant where columns are mapped: DMY, MDY or YMD.")
        ] = "DMY",
        suggest: Annotated[
            bool, typer.Option("--suggest", help="Take the columns that their names suggest, besides those of --map.")
        ] = False,
        by: _By = None,
        findings: _Findings = False,
    ) -> None:
        """Import a list. The version in use serves until the new one is whole; on any error it stays.

        Which column is which field is remembered for the next import, as is where the list is from and what holds
        for entries that do not say it themselves. Look at --preview first.

        Compare the fingerprint that is printed of the first master list under a code with the one that its State
        published, or give that one as --signer. A signer that does not follow from the one in use needs --signer.
        """
        mapping = _mapping(columns or [], constants or [], sheet, records, date_order)
        provenance = Provenance(
            source=source, publisher=publisher, licence=licence, legal_basis=legal_basis, owner=owner
        )
        defaults = EntryDefaults(
            action=default_action,
            legal_basis=default_legal_basis,
            owner=default_owner,
            review_after_days=review_after,
            expires_after_days=expire_after,
        )
        if changes_to and preview:
            raise typer.BadParameter("Changes alone have no preview: they are taken whole, or not at all.")
        with _told(open_parts) as parts:
            one_file = files[0] if len(files) == 1 and files[0].is_file() else None
            kept_as_file = one_file is not None and parts.lists.keeps_file(code, list_format)
            order = ImportOrder(
                code=code,
                content=b"" if kept_as_file else content_of(files),
                path=one_file if kept_as_file else None,
                actor=_actor(by),
                name=name,
                format=list_format,
                as_of=None if as_of is None else _date(as_of, parts.clock.now()),
                correct_date=correct_date,
                max_age_days=max_age_days,
                accept_loss=accept_loss,
                portraits=folder_loader(portraits or _folder(files[0])),
                signer=signer,
                signer_seen=True,
                provenance=None if provenance == Provenance() else provenance,
                defaults=None if defaults == EntryDefaults() else defaults,
                mapping=mapping,
                suggest=suggest,
                changes_to=changes_to,
            )
            progress = progress_printer(lambda line: typer.echo(line, err=True))
            if preview:
                _preview(parts, order, progress, _shown(findings))
                return
            report = parts.lists.import_list(order, progress)
            print_report(report, findings=_shown(findings))
            with reading(parts.database) as session:
                watch_list, _ = in_use(session, code)
            print_age(age_days(report.as_of, parts.clock.now()), watch_list.max_age_days)


def _preview(parts: Parts, order: ImportOrder, progress: Progress, findings: int) -> None:
    shown = parts.lists.preview(order, progress)
    print_preview(shown, findings=findings)
    if shown.as_of is not None:
        print_age(age_days(shown.as_of, parts.clock.now()), order.max_age_days or shown.max_age_days)
    if shown.refusal:
        raise typer.Exit(1)


def _add_looks(commands: typer.Typer, open_parts: OpenParts) -> None:
    @commands.command("status")
    def status_command() -> None:
        """Every list with its version and age. Ends with 1 if one is too old or not as it was imported."""
        with _told(open_parts) as parts:
            lists = parts.lists.status()
        for one in lists:
            typer.echo(status_line(one))
        if not lists:
            typer.echo("There is no list.")
        if any(one.expired or one.seal not in ("", SealState.WHOLE) for one in lists):
            raise typer.Exit(1)

    @commands.command("show")
    def show_command(
        code: Annotated[str, _CODE],
        reference: Annotated[
            str | None, typer.Argument(help="The list's own number of an entry. The look is in the audit trail.")
        ] = None,
        by: _By = None,
        findings: _Findings = False,
    ) -> None:
        """One list, verified down to its last entry; or one entry. Ends with 1 where the seal does not hold."""
        with _told(open_parts) as parts:
            if reference is not None:
                print_entry(parts.lists.entry(code, reference, reader=_actor(by), purpose=_PURPOSE))
                return
            detail = parts.lists.show(code)
        print_detail(detail, findings=_shown(findings))
        if detail.seal not in (None, SealState.WHOLE) or detail.chain_broken_at is not None:
            raise typer.Exit(1)

    @commands.command("diff")
    def diff_command(
        code: Annotated[str, _CODE],
        old: Annotated[int | None, typer.Argument(min=0, help="Default: the version before the new one.")] = None,
        new: Annotated[int | None, typer.Argument(min=0, help="Default: the version in use.")] = None,
    ) -> None:
        """What differs between two versions, entry by entry."""
        with _told(open_parts) as parts:
            print_diff(parts.lists.diff(code, old, new))


def _add_expire(commands: typer.Typer, open_parts: OpenParts) -> None:
    @commands.command("expire")
    def expire_command(
        code: Annotated[str | None, typer.Argument(help="Short name of the list.")] = None,
        reference: Annotated[str | None, typer.Argument(help="The list's own number of the entry.")] = None,
        on: Annotated[
            datetime | None, typer.Option(help="The last day on which it counts. Default: at once.")
        ] = None,
        lift: Annotated[bool, typer.Option("--lift", help="Take an ending back.")] = False,
        reason: Annotated[str, typer.Option(help="Why; needed to end one, and kept in the audit trail.")] = "",
        due: Annotated[bool, typer.Option("--due", help="List what is past its review or its expiry.")] = False,
        by: _By = None,
    ) -> None:
        """End one entry here, whatever its source says; or list the entries that are past their dates."""
        with _told(open_parts) as parts:
            if due:
                print_due(parts.lists.due(code))
                return
            if code is None or reference is None:
                raise typer.BadParameter("Name the list and the entry, or ask for --due.")
            order = ExpiryOrder(
                code=code,
                reference=reference,
                actor=_actor(by),
                on=None if on is None else on.date(),
                lift=lift,
                reason=reason,
            )
            report = parts.lists.expire(order)
            with reading(parts.database) as session:
                _, row = find_entry(session, code, reference)
            print_expiry(order, report, row.expires_on)


@contextmanager
def _told(open_parts: OpenParts) -> Iterator[Parts]:
    """The parts; a domain error becomes its sentence and exit code 1."""
    with open_parts() as parts:
        try:
            yield parts
        except DomainError as error:
            typer.secho(str(error), err=True, fg="red")
            raise typer.Exit(1) from error


def _actor(by: str | None) -> Principal:
    """Whoever works on the machine itself: nobody signed in, so the name is noted as what was said."""
    login = f"cli:{by or _user()}"[:64]
    return replace(SYSTEM, login=login, name=login)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "unnamed"


def _date(said: str, now: datetime) -> datetime:
    if said.strip().lower() == "today":
        return now
    try:
        day = datetime.fromisoformat(said)
    except ValueError as wrong:
        raise typer.BadParameter(f"A date is YYYY-MM-DD, or today, and not {said!r}.") from wrong
    return day.replace(tzinfo=day.tzinfo or UTC)


def _shown(all_of_them: bool) -> int:
    return _ALL if all_of_them else FINDINGS_SHOWN


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _mapping(
    columns: list[str], constants: list[str], sheet: str, records: str, date_order: str
) -> ColumnMapping | None:
    """None where nothing is said of columns."""
    if date_order not in DATE_ORDERS:
        raise typer.BadParameter(f"A date order is one of {', '.join(DATE_ORDERS)}.")
    joined: dict[str, tuple[str, ...]] = {}
    for name, column in map(_pair, columns):
        joined[name] = (*joined.get(name, ()), column)
    given = ColumnMapping(joined, dict(map(_pair, constants)), sheet, records, date_order)
    return None if given == ColumnMapping() else given


def _pair(said: str) -> tuple[str, str]:
    name, equals, value = said.partition("=")
    if not (name.strip() and equals and value.strip()):
        raise typer.BadParameter(f"Expected NAME=VALUE, not {said!r}.")
    return name.strip(), value.strip()
