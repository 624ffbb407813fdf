"""Errors told in a line, as an operator wants them: what is wrong, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer
from pydantic import ValidationError

from crossing.platform.errors import DomainError
from crossing.platform.files import FolderInUse

_PLAINER: Final = {"string_pattern_mismatch": "not written as it has to be: see the option's --help."}
"""Where pydantic's own words are for programmers."""


@contextmanager
def told_in_a_line() -> Iterator[None]:
    """Ends the command with status 2 and one line on standard error instead of a traceback."""
    try:
        yield
    except DomainError as error:
        _leave(str(error))
    except FolderInUse as error:
        _leave(f"Another process serves {error}: a post runs once. Stop it, or choose another data folder.")
    except ValidationError as error:
        for one in error.errors():
            said = _PLAINER.get(one["type"], one["msg"])
            typer.echo(f"crossing: {'.'.join(str(part) for part in one['loc'])}: {said}", err=True)
        raise typer.Exit(2) from error
    except ModuleNotFoundError as error:
        _leave(f"{error.name} is not installed: a post needs the extra 'post', an embedded capital 'embedded'.")
    except OSError as error:
        _leave(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")


def _leave(sentence: str) -> None:
    typer.echo(f"crossing: {sentence}", err=True)
    raise typer.Exit(2)
