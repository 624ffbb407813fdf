"""What a command says where it can't do its work: a line on the standard error, and exit status 2."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pydantic import ValidationError

from interpol_bridge.errors import ConfigurationError


@contextmanager
def clear_errors(command: str) -> Iterator[None]:
    """Settings and files that can't be used end ``command`` with its name and the reason, and without a traceback."""
    try:
        yield
    except (ConfigurationError, tomllib.TOMLDecodeError, OSError) as error:
        typer.echo(f"{command}: {error}", err=True)
        raise typer.Exit(2) from error
    except ValidationError as error:
        for one in error.errors():
            typer.echo(f"{command}: {'.'.join(map(str, one['loc']))}: {one['msg']}", err=True)
        raise typer.Exit(2) from error
