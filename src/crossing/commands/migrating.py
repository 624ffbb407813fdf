"""``crossing migrate``: the schema, for those who want it done apart from starting a service."""

from typing import Annotated

import typer

from crossing.commands.offices import Where
from crossing.commands.telling import told_in_a_line
from crossing.platform.settings import CapitalSettings, PostSettings


def migrate(
    at: Annotated[Where, typer.Option(help="Which service's database.")] = Where.POST,
    check: Annotated[
        bool, typer.Option("--check", help="Also make sure that the tables are what this version expects.")
    ] = False,
) -> None:
    """Bring a database to this version's schema. A service does the same when it starts."""
    from crossing.cores import open_capital, open_post  # noqa: PLC0415
    from crossing.platform import migrations  # noqa: PLC0415

    with told_in_a_line():
        if at is Where.POST:
            opened = open_post(PostSettings())
            engine, close = opened.core.database.engine, opened.core.close
        else:
            capital = open_capital(CapitalSettings())
            engine, close = capital.core.database.engine, capital.close
        try:
            if check:
                migrations.check(engine)
            revision = migrations.current(engine)
        finally:
            close()
    typer.echo(f"The database is at revision {revision}.")
