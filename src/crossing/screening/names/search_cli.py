"""``crossing names search``: whom on a list of this machine names may be, by the code of the lane."""

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from crossing.audit.service import Audit
from crossing.identity.principal import SYSTEM
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.screening.list_reading import read_list
from crossing.screening.listed import ListIndex
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.seals import Seals
from crossing.screening.models import WatchList
from crossing.screening.names.errors import NoSuchListOfNames
from crossing.screening.names.queries import COLUMNS, Answer, Query, candidates, read_queries
from crossing.screening.names.rows import read_rows
from crossing.screening.repository import lists
from crossing.screening.schemas import CheckKind


@dataclass(frozen=True, slots=True)
class Parts:
    """What the command works with: the database of the machine, and what belongs to it."""

    database: Database
    audit: Audit
    clock: Clock
    seals: Seals


def add_search(commands: typer.Typer, open_parts: Callable[[], AbstractContextManager[Parts]]) -> None:
    """Give ``commands`` the command ``search``. ``open_parts`` opens its parts for the length of one command."""

    @commands.command("search")
    def search_command(
        code: Annotated[str, typer.Option("--list", help="Short name of the list: crossing lists status.")],
        queries: Annotated[
            Path,
            typer.Option(
                help="CSV in UTF-8 with the columns id, name, birth_date, nationality.", exists=True, dir_okay=False
            ),
        ],
        as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, also at a terminal.")] = False,
        limit: Annotated[int, typer.Option(min=1, max=100, help="Candidates shown of each query.")] = 10,
        purpose: Annotated[
            str, typer.Option(help="Why the list is looked at; kept in the audit trail.")
        ] = "list_test",
    ) -> None:
        """Say of each name whom on a list it may be: ranked, each with a score, a decision and the reasons.

        Names may be as printed, as an MRZ has them (OUEDRAOGO<<ABDOUL<KARIM) or in Arabic script; dates YYYY-MM-DD,
        YYYY-MM or YYYY. Prints one JSON object a line wherever no terminal reads it. Every row is answered.
        Ends with 1 where the list is not here, or where some rows could not be read.
        """
        in_json = as_json or not sys.stdout.isatty()
        with open_parts() as parts:
            try:
                with queries.open("rb") as stream:
                    count = sum(1 for _ in read_rows(stream, COLUMNS))
                listed = _opened(parts, code, purpose, queries=count)
            except DomainError as error:
                typer.secho(str(error), err=True, fg="red")
                raise typer.Exit(1) from error
            now = parts.clock.now()
            if listed.expired(now):
                typer.secho(f"{code} is {listed.age_days(now)} days old: too old to be believed.", err=True)
            unread = 0
            with queries.open("rb") as stream:
                for query in read_queries(stream):
                    unread += bool(query.unreadable)
                    found = candidates(query, listed, now.date())
                    found = found._replace(candidates=found.candidates[:limit])
                    typer.echo(_as_json(query, found) if in_json else _as_text(query, found))
            if unread:
                typer.secho(f"{unread} rows could not be read.", err=True, fg="red")
                raise typer.Exit(1)


def _opened(parts: Parts, code: str, purpose: str, *, queries: int) -> ListIndex:
    """The list in memory; that it is looked at is in the audit trail before anybody sees it."""
    with reading(parts.database) as session:
        known = {watch_list.code: (watch_list, version) for watch_list, version in lists(session) if version}
        watch_list, version = known.get(code, (None, None))
        if watch_list is None or version is None or not _has_names(watch_list):
            raise NoSuchListOfNames(code=code[:32])
        listed = read_list(session, watch_list, version, parts.seals.state(session, version))
    detail: dict[str, Any] = {"queries": queries, "version": listed.version}
    with parts.database.unit_of_work() as session:
        parts.audit.record(
            session,
            actor=SYSTEM,
            action="list.searched",
            subject_kind="watchlist",
            subject_id=code,
            purpose=purpose,
            detail=detail,
        )
    return listed


def _has_names(watch_list: WatchList) -> bool:
    known = FORMATS.get(watch_list.format)
    return known is not None and CheckKind.NAME_LIST in known.covers


def _as_json(query: Query, found: Answer) -> str:
    answer = {"id": query.id, "candidates": [one.as_json() for one in found.candidates], "complete": found.complete}
    troubles = _troubles(query)
    return json.dumps(answer | ({"troubles": troubles} if troubles else {}), ensure_ascii=False)


def _as_text(query: Query, found: Answer) -> str:
    lines = [f"{query.id}: {len(found.candidates)} candidates", *(f"  {one}" for one in _troubles(query))]
    if not found.complete and not query.unreadable:
        lines.append("  The name is too long, or too many on the list bear it: not all of them were compared.")
    for one in found.candidates:
        lines.append(f"  {one.person.reference} {one.name}: {one.judged.decision.value} ({one.judged.score:.2f})")
        lines += [f"    {reason.text()}" for reason in one.judged.reasons]
    return "\n".join(lines)


def _troubles(query: Query) -> list[str]:
    return [one.text() for one in (*query.unreadable, *query.taken_as_unknown)]
