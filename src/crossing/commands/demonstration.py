"""``crossing demo``: everything on one machine, with invented travellers."""

import json
import signal
import statistics
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from crossing.demo.stage import Stage


def demo(
    stay: Annotated[bool, typer.Option("--stay", help="Stay up afterwards for a browser, until Ctrl-C.")] = False,
    data: Annotated[Path, typer.Option(help="The one folder of its state; emptied at the start.")] = Path("var"),
    models: Annotated[Path, typer.Option(help="Folder of the model weights and portraits.")] = Path("models"),
    base_port: Annotated[
        int | None, typer.Option(help="Take eleven ports in a row from here, instead of the usual ones.")
    ] = None,
) -> None:
    """Start a capital, an INTERPOL bridge and a post with devices, and let seven travellers pass."""
    from crossing.demo.processes import STOP_SIGNALS, DemoError  # noqa: PLC0415 - the other commands don't need all this
    from crossing.demo.settings import Place, Ports  # noqa: PLC0415
    from crossing.demo.stage import set_up  # noqa: PLC0415

    for number in STOP_SIGNALS:
        # The services are sessions of their own: whatever ends this command, a closed terminal too, ends them.
        signal.signal(number, signal.default_int_handler)
    place = Place(data.absolute(), models.absolute())
    ports = Ports.from_base(base_port) if base_port is not None else Ports()
    try:
        started = time.monotonic()
        typer.echo("Starting a capital, an INTERPOL bridge and a post with its devices ...")
        with set_up(place, ports) as stage:
            startup_s = time.monotonic() - started
            typer.echo(f"Ready after {startup_s:.1f} s.\n")
            _tell(stage, startup_s)
            if stay:
                _stay(stage)
    except DemoError as problem:
        typer.echo(f"\ncrossing demo: {problem}", err=True)
        raise typer.Exit(1) from problem
    except KeyboardInterrupt:
        typer.echo("\nStopped.")
        if not stay:
            raise typer.Exit(130) from None


def _tell(stage: "Stage", startup_s: float) -> None:
    from crossing.demo.story import Story  # noqa: PLC0415

    story = Story(stage, typer.echo)
    try:
        passed = story.tell()
    finally:
        story.close()
    answers = [one.local_answer_ms for one in passed if one.local_answer_ms is not None]
    report = {
        "startup_s": round(startup_s, 1),
        "local_answer_ms_median": statistics.median(answers),
        "travellers": [one.as_json() for one in passed],
    }
    stage.place.report.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    typer.echo(
        f"\nSeven travellers passed; local answer, median: {report['local_answer_ms_median']:.0f} ms. "
        f"Written: {stage.place.report}"
    )


def _stay(stage: "Stage") -> None:
    from crossing.demo.foundation import VISITORS  # noqa: PLC0415

    for where, url in (("post", stage.post_url), ("capital", stage.capital_url)):
        typer.echo(f"\nThe {where}: {url}   (sign in with a one-time code)")
        for login in VISITORS[where]:
            typer.echo(f"   {login:<15} {stage.codes[where][login]}")
    typer.echo("\nCtrl-C stops everything.")
    waiting = threading.Event()
    while stage.services.ended() is None:
        waiting.wait(1.0)
    raise _ended(stage)


def _ended(stage: "Stage") -> Exception:
    from crossing.demo.processes import DemoError  # noqa: PLC0415

    return DemoError(f"The {stage.services.ended()} ended by itself; its log is in {stage.place.logs}")
