"""``crossing lists``: lists imported and looked at on the machine itself, where files may be large.

The commands get their parts from whoever mounts them: ``app(open_parts)``, where ``open_parts`` opens the database
and what belongs to it for the length of one command.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from crossing.identity.principal import SYSTEM
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.screening.lists.contents import MAX_BYTES
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.importer import ImportOrder, PortraitLoader
from crossing.screening.lists.service import ListService
from crossing.screening.lists.status import lists_status
from crossing.screening.schemas import ImportReport, ListStatus

_FINDINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Parts:
    database: Database
    lists: ListService
    clock: Clock


def app(open_parts: Callable[[], AbstractContextManager[Parts]]) -> typer.Typer:
    """The sub-command, to be mounted under ``crossing``."""
    commands = typer.Typer(help="Watchlists: import a new version, see what is in use and how old it is.")

    @commands.command("import")
    def import_command(  # noqa: PLR0913, PLR0917 - each is an option on the command line
        file: Annotated[
            Path, typer.Argument(help="The list, as its owner publishes it.", exists=True, dir_okay=False)
        ],
        code: Annotated[str, typer.Option(help="Short name of the list, for example un or national.")],
        name: Annotated[str | None, typer.Option(help="Name shown to officers; needed the first time.")] = None,
        list_format: Annotated[
            str | None, typer.Option("--format", help=f"One of {', '.join(FORMATS)}; needed the first time.")
        ] = None,
        portraits: Annotated[
            Path | None,
            typer.Option(help="Folder of the portrait files. Default: the folder of the list.", file_okay=False),
        ] = None,
        as_of: Annotated[
            datetime | None, typer.Option(help="Date of the list, where the file itself has none.")
        ] = None,
        max_age_days: Annotated[
            int | None, typer.Option(min=1, help="Older than this, the list is not believed.")
        ] = None,
        accept_loss: Annotated[bool, typer.Option(help="Import although half of the entries are gone.")] = False,
        signer: Annotated[
            str | None,
            typer.Option(help="Of a master list: the SHA-256 of the country signing certificate that it must be of."),
        ] = None,
    ) -> None:
        """Import a list. The version in use serves until the new one is whole; on any error it stays.

        Compare the fingerprint that is printed of the first master list under a code with the one that its State
        published, or give that one as --signer. A signer that does not follow from the one in use needs --signer.
        """
        with open_parts() as parts:
            kept = parts.lists.keeps_file(code, list_format)
            order = ImportOrder(
                code=code,
                content=b"" if kept else _read(file),
                path=file if kept else None,
                actor=SYSTEM,
                name=name,
                format=list_format,
                as_of=None if as_of is None else as_of.replace(tzinfo=as_of.tzinfo or UTC),
                max_age_days=max_age_days,
                accept_loss=accept_loss,
                portraits=folder_loader(portraits or file.parent),
                signer=signer,
                signer_seen=True,
            )
            try:
                report = parts.lists.import_list(order)
            except DomainError as error:
                typer.secho(str(error), err=True, fg="red")
                raise typer.Exit(1) from error
        _print_report(report)

    @commands.command("status")
    def status_command() -> None:
        """Every list with its version and age. Ends with 1 if one is too old to be believed."""
        with open_parts() as parts, reading(parts.database) as session:
            lists = lists_status(session, parts.clock.now())
        for one in lists:
            typer.echo(_line(one))
        if not lists:
            typer.echo("There is no list.")
        if any(one.expired for one in lists):
            raise typer.Exit(1)

    return commands


def folder_loader(folder: Path) -> PortraitLoader:
    """Portraits from files in ``folder``. Names come checked from the format; a link out of the folder is refused."""
    root = folder.resolve()

    def load(name: str) -> bytes | None:
        path = (root / name).resolve()
        return path.read_bytes() if path.parent == root and path.is_file() else None

    return load


def _read(file: Path) -> bytes:
    # One byte over the limit is enough for the importer to refuse it, however large the file is.
    with file.open("rb") as content:
        return content.read(MAX_BYTES + 1)


def _print_report(report: ImportReport) -> None:
    if report.unchanged:
        typer.echo(f"{report.code}: version {report.version} has this content already; nothing was changed.")
        return
    typer.echo(
        f"{report.code}: version {report.version} of {report.as_of:%Y-%m-%d} is in use: {_holds(report)} "
        f"({report.added} added, {report.changed} changed, {report.removed} removed, {report.skipped} skipped)."
    )
    if report.signer:
        typer.echo(f"  signed by {report.signer}; SHA-256 of its certificate: {report.signer_fingerprint}")
    for finding in report.findings[:_FINDINGS_SHOWN]:
        typer.echo(f"  line {finding.line}: {finding.reference} {finding.code} {finding.field}".rstrip())
    more = sum(report.counts.values()) - _FINDINGS_SHOWN
    if more > 0:
        typer.echo(f"  and {more} more")


def _line(one: ListStatus) -> str:
    if one.version is None or one.as_of is None:
        return f"{one.code}: {one.name}: never imported"
    age = f"{one.age_days} days old" + (", EXPIRED" if one.expired else "")
    return f"{one.code}: {one.name}: version {one.version} of {one.as_of:%Y-%m-%d} ({age}): {_holds(one)}"


def _holds(one: ImportReport | ListStatus) -> str:
    if one.certificates:
        states = one.states if isinstance(one, ListStatus) else len(one.states)
        return f"{one.certificates} certificates of {states} States"
    if one.revocation_lists:
        return f"{one.revocation_lists} revocation lists"
    return f"{one.persons} persons, {one.documents} documents, {one.portraits} portraits"
