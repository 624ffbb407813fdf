"""How commands speak to operators: what they can put right is one line, without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


@contextmanager
def one_line_errors(*told: type[Exception]) -> Iterator[None]:
    """Ends the command with status 1 and the text of an error of one of these types."""
    try:
        yield
    except told as error:
        fail(" ".join(str(error).split()))


def fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
