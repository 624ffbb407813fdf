"""``crossing names``: names compared by the code of the lane, without an installation."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from crossing.platform.errors import DomainError
from crossing.screening.names.judging import Judged
from crossing.screening.names.pairs import PersonPair, read_pairs

app = typer.Typer(help="Names: whether two are one person's, and whose on a list a name may be.")


@app.callback()
def names() -> None:
    """Names: whether two are one person's, and whose on a list a name may be."""


@app.command("compare")
def compare_command(
    pairs: Annotated[
        Path,
        typer.Option(
            help="CSV in UTF-8 with the columns id, name_a, dob_a, name_b, dob_b; sex_a, sex_b, nationality_a and "
            "nationality_b count where they are there.",
            exists=True,
            dir_okay=False,
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, also at a terminal.")] = False,
) -> None:
    """Say of each pair whether the two are one person: match, possible or different, with a score and the reasons.

    Names may be as printed, as an MRZ has them (OUEDRAOGO<<ABDOUL<KARIM) or in Arabic script; dates YYYY-MM-DD,
    YYYY-MM or YYYY. Prints one JSON object a line wherever no terminal reads it. Ends with 1 at a row that can't be
    read.
    """
    in_json = as_json or not sys.stdout.isatty()
    try:
        for pair in read_pairs(pairs.read_bytes()):
            judged = pair.judged()
            typer.echo(_as_json(pair, judged) if in_json else _as_text(pair, judged))
    except DomainError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from error


def _as_json(pair: PersonPair, judged: Judged) -> str:
    answer = {
        "id": pair.id,
        "score": judged.score,
        "decision": judged.decision.value,
        "reasons": [reason.text() for reason in judged.reasons],
    }
    return json.dumps(answer, ensure_ascii=False)


def _as_text(pair: PersonPair, judged: Judged) -> str:
    reasons = "".join(f"\n    {reason.text()}" for reason in judged.reasons)
    return f"{pair.id}: {judged.decision.value} ({judged.score:.2f}){reasons}"
