"""``crossing services``: the file of watchlist services checked, an answer read, a service tried.

``try`` asks about a person, so it gets its parts from whoever mounts the commands: ``app(open_parts)`` opens the
database with the audit trail for the length of one command.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError

from crossing.audit.service import Audit
from crossing.identity.principal import SYSTEM
from crossing.platform.clock import Clock, SystemClock
from crossing.platform.db import Database
from crossing.platform.errors import DomainError
from crossing.screening.schemas import CheckKind, CheckResult, Subject
from crossing.screening.services import answers
from crossing.screening.services.description import Description
from crossing.screening.services.reading import read_services
from crossing.screening.services.service import WatchlistService

_PURPOSE: Final = "service_test"
_OFFICER: Final = "administrator"
_File = Annotated[Path, typer.Argument(help="The file that describes the services (TOML).")]
_Code = Annotated[str, typer.Argument(help="The service's code in that file.")]


@dataclass(frozen=True, slots=True)
class Parts:
    """What ``try`` works with: where it is written down that somebody was asked about, and the file of this post."""

    database: Database
    audit: Audit
    clock: Clock
    post: str
    services_file: Path | None


OpenParts = Callable[[], AbstractContextManager[Parts]]


def app(open_parts: OpenParts) -> typer.Typer:
    """The sub-command, to be mounted under ``crossing``."""
    commands = typer.Typer(
        no_args_is_help=True, help="Watchlist services beside INTERPOL: check their file, read an answer, try one."
    )
    commands.command("check")(check)
    commands.command("read")(read)
    _add_try(commands, open_parts)
    return commands


def check(file: _File) -> None:
    """Read the file as the post does when it starts. Ends with 1 and names every place where it is wrong."""
    with _refusing():
        services = read_services(file)
    for one in services:
        typer.echo(f"{one.code}: {one.name.fr} | {one.name.en} | {one.name.ar}")
        typer.echo(f"  {one.method} {one.url}, {one.timeout_s:g} s, asked about {_answers(one)}")


def read(
    file: _File,
    code: _Code,
    answer: Annotated[Path, typer.Argument(help="An answer of the service that was saved (JSON).", exists=True)],
) -> None:
    """Say what an officer would be told of an answer. Ends with 1 where that is "not checked"."""
    with _refusing():
        description = _of_code(read_services(file), code)
    try:
        document = answers.parsed(answer.read_bytes())
    except ValueError as error:
        typer.secho(f"not_checked: the answer is no JSON ({type(error).__name__})", err=True, fg="red")
        raise typer.Exit(1) from error
    now = SystemClock().now()
    said = answers.read(document, description.answer, source_name=description.name.fr, now=now)
    result = CheckResult(
        kind=CheckKind.WATCHLIST_SERVICE,
        outcome=said.outcome,
        reason=said.reason,
        source=code,
        source_version=said.version,
        source_as_of=said.as_of,
        performed_at=now,
        hits=said.hits,
    )
    _print([result])


def _add_try(commands: typer.Typer, open_parts: OpenParts) -> None:
    @commands.command("try")
    def try_command(  # noqa: PLR0913, PLR0917 - each is an option on the command line
        code: _Code,
        surname: Annotated[str, typer.Option(help="Of whom is asked about.")] = "",
        given_names: Annotated[str, typer.Option(help="Given names.")] = "",
        birth: Annotated[str | None, typer.Option(help="YYYY, YYYY-MM or YYYY-MM-DD.")] = None,
        sex: Annotated[str, typer.Option(help="M, F or X.")] = "",
        nationality: Annotated[str, typer.Option(help="Three letters, as in a passport.")] = "",
        document: Annotated[str, typer.Option(help="The document's number.")] = "",
        issuer: Annotated[str, typer.Option(help="Which State issued it: three letters.")] = "",
        document_type: Annotated[str, typer.Option("--type", help="P, I, V ...")] = "",
        plate: Annotated[str, typer.Option(help="Number plate.")] = "",
        plate_country: Annotated[str, typer.Option(help="Which State gave the plate: three letters.")] = "",
        vin: Annotated[str, typer.Option(help="Vehicle identification number.")] = "",
        file: Annotated[
            Path | None, typer.Option(help="Default: CROSSING_POST_SERVICES_FILE, as the post has it.")
        ] = None,
        purpose: Annotated[
            str, typer.Option(help="Why somebody is asked about; kept in the audit trail.")
        ] = _PURPOSE,
    ) -> None:
        """Ask the service itself about somebody, and show its answer. Ends with 1 where that is "not checked".

        That somebody was asked about is written into the audit trail before the question goes out, without whom.
        """
        with _refusing():
            subject = _subject(
                names=[{"surname": surname, "given_names": given_names}] if surname or given_names else [],
                birth=birth,
                sex=sex.upper(),
                nationality=nationality.upper(),
                document={"number": document, "issuer": issuer.upper(), "type": document_type} if document else None,
                vehicle={"plate": plate, "country": plate_country.upper(), "vin": vin} if plate or vin else None,
            )
        with open_parts() as parts, _refusing():
            path = file or parts.services_file
            if path is None:
                raise typer.BadParameter("no file of services: give --file, or set CROSSING_POST_SERVICES_FILE")
            description = _of_code(read_services(path), code)
            _note(parts, code, purpose)
            _ask(parts, description, subject, purpose)


def _ask(parts: Parts, description: Description, subject: Subject, purpose: str) -> None:
    given = set[CheckKind]()
    if subject.names or subject.document:
        given.add(CheckKind.WATCHLIST_SERVICE)
    if subject.vehicle:
        given.add(CheckKind.WATCHLIST_VEHICLE)
    with closing(WatchlistService(description, clock=parts.clock)) as service:
        kinds = sorted(given & service.kinds)
        if not kinds:
            raise typer.BadParameter(f"say about whom: {description.code} answers {_answers(description)}")
        _print([service.ask(kind, subject, officer=_OFFICER, post=parts.post, purpose=purpose) for kind in kinds])


def _answers(description: Description) -> str:
    return ", ".join(sorted(description.answers))


def _note(parts: Parts, code: str, purpose: str) -> None:
    with parts.database.unit_of_work() as session:
        parts.audit.record(
            session,
            actor=SYSTEM,
            action="watchlist_service.tried",
            subject_kind="watchlist_service",
            subject_id=code,
            purpose=purpose,
        )


def _subject(**given: Any) -> Subject:
    return Subject.model_validate(given)


def _of_code(services: tuple[Description, ...], code: str) -> Description:
    for one in services:
        if one.code == code:
            return one
    raise typer.BadParameter(f"the file has no service {code}: {', '.join(one.code for one in services)}")


def _print(results: list[CheckResult]) -> None:
    """A line for each check and for each of its words. Ends with 1 where one is not checked."""
    for result in results:
        if result.reason is not None:
            typer.secho(f"{result.outcome}: {result.reason}: {result.reason.sentence}", err=True, fg="red")
        else:
            _print_answer(result)
    if any(not result.ran for result in results):
        raise typer.Exit(1)


def _print_answer(result: CheckResult) -> None:
    of = f", list of {result.source_as_of:%Y-%m-%d}" if result.source_as_of else ""
    typer.echo(f"{result.outcome}{of}{f', version {result.source_version}' if result.source_version else ''}")
    for hit in result.hits:
        typer.echo(f"  {hit.list_name} {hit.entry_reference}: {hit.label}")
        for word in (*hit.reasons(), hit.caution, hit.action):
            if word:
                typer.echo(f"    {word}")


@contextmanager
def _refusing() -> Iterator[None]:
    """Ends the command with status 1 and a line for each thing that is wrong."""
    try:
        yield
    except DomainError as error:
        typer.secho(str(error).replace("; ", "\n  "), err=True, fg="red")
        raise typer.Exit(1) from error
    except ValidationError as error:
        for one in error.errors(include_input=False):
            typer.secho(f"{'.'.join(map(str, one['loc']))}: {one['msg']}", err=True, fg="red")
        raise typer.Exit(1) from error
    except OSError as error:
        typer.secho(f"{error.strerror or error}", err=True, fg="red")
        raise typer.Exit(1) from error
