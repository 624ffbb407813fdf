"""``crossing names``: names compared by the code of the lane, without an installation."""

import json
import sys
from typing import Annotated, Any

import typer

from crossing.platform.errors import DomainError
from crossing.screening.names.judging import Decision
from crossing.screening.names.pairs import PersonPair, read_pairs

app = typer.Typer(help="Names: whether two are one person's, and whose on a list a name may be.")


@app.callback()
def names() -> None:
    """Names: whether two are one person's, and whose on a list a name may be."""


@app.command("compare")
def compare_command(
    pairs: Annotated[
        typer.FileBinaryRead,
        typer.Option(
            help="CSV in UTF-8 with the columns id, name_a, dob_a, name_b, dob_b; sex_a, sex_b, nationality_a and "
            "nationality_b count where they are there. - is standard input.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, also at a terminal.")] = False,
) -> None:
    """Say of each pair whether the two are one person: match, possible or different, with a score and the reasons.

    Names may be as printed, as an MRZ has them (OUEDRAOGO<<ABDOUL<KARIM) or in Arabic script; dates YYYY-MM-DD,
    YYYY-MM or YYYY. Prints one JSON object a line wherever no terminal reads it. Every row is answered; where some
    could not be read, they are different with score 0, and the command ends with 1.
    """
    in_json = as_json or not sys.stdout.isatty()
    unread = 0
    try:
        for pair in read_pairs(pairs):
            unread += bool(pair.unreadable)
            answer = _answer(pair)
            typer.echo(json.dumps(answer, ensure_ascii=False) if in_json else _as_text(answer))
    except DomainError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from error
    if unread:
        typer.secho(f"{unread} rows could not be read.", err=True, fg="red")
        raise typer.Exit(1)


def _answer(pair: PersonPair) -> dict[str, Any]:
    if pair.unreadable:
        reasons = [one.text() for one in pair.unreadable]
        return {"id": pair.id, "score": 0.0, "decision": Decision.DIFFERENT.value, "reasons": reasons}
    judged = pair.judged()
    reasons = [*(one.text() for one in pair.taken_as_unknown), *(one.text() for one in judged.reasons)]
    return {"id": pair.id, "score": judged.score, "decision": judged.decision.value, "reasons": reasons}


def _as_text(answer: dict[str, Any]) -> str:
    reasons = "".join(f"\n    {reason}" for reason in answer["reasons"])
    return f"{answer['id']}: {answer['decision']} ({answer['score']:.2f}){reasons}"
