"""``crossing officers``, ``systems`` and ``audit``, of a post or of the capital: who may come in, what was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from crossing.commands.telling import told_in_a_line
from crossing.identity.roles import Role
from crossing.platform.settings import CapitalSettings, PostSettings

if TYPE_CHECKING:
    from crossing.audit.verification import Expected
    from crossing.cores import Core

officers = typer.Typer(no_args_is_help=True, help="Officers' accounts.")
systems = typer.Typer(no_args_is_help=True, help="Systems of other services that may ask this one's lists.")
audit = typer.Typer(no_args_is_help=True, help="The audit trail: who did and saw what, and why.")


class Where(StrEnum):
    POST = "post"
    CAPITAL = "capital"


At = Annotated[Where, typer.Option(help="Which service's database; its settings tell where it is.")]


@officers.command()
def add(
    login: Annotated[str, typer.Argument(help="What the officer types to sign in, such as a.traore.")],
    name: Annotated[str, typer.Option(help="The officer's name as colleagues know it.")],
    role: Annotated[list[Role], typer.Option(help="Repeat it for several roles.")],
    at: At = Where.POST,
    locale: Annotated[str, typer.Option(help="fr, en or ar.")] = "fr",
) -> None:
    """Add an officer; prints a one-time code for the first sign-in, where a password is chosen."""
    from crossing.identity.principal import SYSTEM  # noqa: PLC0415
    from crossing.identity.schemas import OfficerIn  # noqa: PLC0415

    with told_in_a_line(), _core(at) as (core, post):
        officer = OfficerIn(login=login, name=name, roles=frozenset(role), post=post, locale=locale)
        with core.database.unit_of_work() as session:
            added = core.identity.add_officer(session, actor=SYSTEM, officer=officer)
    typer.echo(f"{added.officer.login}  one-time code: {added.code}  (until {added.expires_at:%Y-%m-%d %H:%M} UTC)")


@systems.command("add")
def add_system(
    name: Annotated[str, typer.Argument(help="Short, for example civil-registry: a to z, 0 to 9 and hyphens.")],
    owner: Annotated[str, typer.Option(help="Who answers for what it asks.")],
    purpose: Annotated[str, typer.Option(help="Why it asks; stands in the audit trail with each question.")],
    legal_basis: Annotated[str, typer.Option(help="On what ground it may.")],
    a_minute: Annotated[int, typer.Option(min=1, max=100_000, help="Questions that it may ask in a minute.")] = 600,
    at: At = Where.POST,
) -> None:
    """Let a system ask; prints its key, once."""
    from crossing.identity.principal import SYSTEM  # noqa: PLC0415
    from crossing.identity.schemas import SystemIn  # noqa: PLC0415
    from crossing.identity.systems import AskingSystems  # noqa: PLC0415

    with told_in_a_line(), _core(at) as (core, _):
        system = SystemIn(name=name, owner=owner, purpose=purpose, legal_basis=legal_basis, a_minute=a_minute)
        with core.database.unit_of_work() as session:
            key = AskingSystems(core.clock, core.audit.record).add(session, actor=SYSTEM, system=system)
    typer.echo(f"{name}  key: {key}  (shown this once; sent as Authorization: ApiKey KEY)")


@systems.command("list")
def list_systems(at: At = Where.POST) -> None:
    """Every system that may ask, or might once."""
    from crossing.identity.systems import AskingSystems  # noqa: PLC0415
    from crossing.platform.db.reading import reading  # noqa: PLC0415

    with told_in_a_line(), _core(at) as (core, _), reading(core.database) as session:
        for one in AskingSystems(core.clock, core.audit.record).all(session):
            until = f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else f"{one.a_minute} a minute"
            typer.echo(f"{one.name}: {one.owner}; {one.purpose}; {until}")


@systems.command("revoke")
def revoke_system(name: Annotated[str, typer.Argument(help="The system's name.")], at: At = Where.POST) -> None:
    """Let a system ask no more, from its next question on."""
    from crossing.identity.principal import SYSTEM  # noqa: PLC0415
    from crossing.identity.systems import AskingSystems  # noqa: PLC0415

    with told_in_a_line(), _core(at) as (core, _), core.database.unit_of_work() as session:
        AskingSystems(core.clock, core.audit.record).revoke(session, actor=SYSTEM, name=name)


@audit.command()
def verify(
    at: At = Where.POST,
    head: Annotated[
        str,
        typer.Option(
            help="SEQUENCE:HASH noted at an earlier run, which must still be there: shows a rewritten chain."
        ),
    ] = "",
) -> None:
    """Walk the hash chain and name the first entry that is not as it was written; exit status 1 then."""
    from crossing.audit.verification import verify as walk  # noqa: PLC0415

    with told_in_a_line(), _core(at) as (core, _):
        verified = walk(core.database, expected=_noted(head))
    if verified.broken is not None:
        typer.echo(f"Broken at entry {verified.broken.sequence}: {verified.broken.fault}", err=True)
        raise typer.Exit(1)
    sequence, digest = verified.head
    typer.echo(f"{sequence} entries, the chain is whole. Note its head elsewhere: {sequence}:{digest}")


def _noted(head: str) -> "Expected | None":
    from crossing.audit.verification import Expected  # noqa: PLC0415

    if not head:
        return None
    sequence, _, digest = head.partition(":")
    if not (sequence.isdigit() and digest):
        raise typer.BadParameter("a head is SEQUENCE:HASH, as an earlier run printed it")
    return Expected(int(sequence), digest)


@contextmanager
def _core(at: Where) -> Iterator[tuple["Core", str | None]]:
    from crossing.cores import open_capital, open_post  # noqa: PLC0415 - only these commands open a database

    if at is Where.POST:
        post = open_post(PostSettings())
        try:
            yield post.core, post.machine.post
        finally:
            post.core.close()
    else:
        capital = open_capital(CapitalSettings())
        try:
            yield capital.core, None
        finally:
            capital.close()
