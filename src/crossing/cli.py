"""The ``crossing`` command."""

from typing import Annotated

import typer

from crossing import __version__
from crossing.commands import capital, offices, post
from crossing.commands.demonstration import demo
from crossing.commands.listing import list_parts
from crossing.commands.migrating import migrate
from crossing.commands.searching import search_parts
from crossing.commands.watchlists import service_parts
from crossing.documents.chip.cli import app as chip
from crossing.documents.cli import app as mrz
from crossing.faces.cli import app as faces
from crossing.screening.cli import app as lists
from crossing.screening.names.cli import app as names
from crossing.screening.names.search_cli import add_search
from crossing.screening.services.cli import app as services

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Registers travellers at land border posts, and brings what they registered to the capital.",
)
app.add_typer(post.app, name="post")
app.add_typer(capital.app, name="capital")
app.add_typer(offices.officers, name="officers")
app.add_typer(offices.systems, name="systems")
app.add_typer(offices.audit, name="audit")
app.add_typer(mrz, name="mrz")
app.add_typer(chip, name="chip")
app.add_typer(faces, name="faces")
app.add_typer(lists(list_parts), name="lists")
app.add_typer(services(service_parts), name="services")
add_search(names, search_parts)
app.add_typer(names, name="names")
app.command()(migrate)
app.command()(demo)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crossing {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Traveller registration for land border posts."""
