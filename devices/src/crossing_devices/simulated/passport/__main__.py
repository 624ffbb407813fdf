"""``python -m crossing_devices.simulated.passport``: a passport on the reader, until interrupted."""

import datetime as dt
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from crossing_devices.simulated.passport.orders import CardOrder, specimen_order
from crossing_devices.simulated.passport.personalise import write_folder
from crossing_devices.simulated.passport.pki import make_authority
from crossing_devices.simulated.passport.server import PassportServer
from crossing_devices.simulated.passport.timing import IMMEDIATE, LIKE_A_PASSPORT, Timing
from crossing_devices.simulated.passport.vpcd import DEFAULT_PORT
from crossing_devices.tokens import TokenError, read_or_create


def main(
    token_file: Annotated[
        Path, typer.Option(help="Holds the bearer token; written, for its owner alone, where absent.")
    ],
    port: Annotated[int, typer.Option(help="Of the control over HTTP, on 127.0.0.1; 0 takes a free one.")] = 8302,
    reader: Annotated[str, typer.Option(help="Where the reader listens, HOST:PORT.")] = f"127.0.0.1:{DEFAULT_PORT}",
    card: Annotated[
        Path | None, typer.Option(help="What to make, as JSON; Doc 9303's specimen traveller without it.")
    ] = None,
    empty: Annotated[bool, typer.Option(help="Lay nothing on the reader at first.")] = False,
    immediate: Annotated[bool, typer.Option(help="Answer at once, not as slowly as a real chip.")] = False,
    trust: Annotated[Path | None, typer.Option(help="Write the authority's master list to this file.")] = None,
    dump: Annotated[Path | None, typer.Option(help="Write the chip's files to this folder.")] = None,
) -> None:
    """Make a passport of Utopia, lay it on the virtual reader, and leave it there until interrupted."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = _server(token_file, port, reader, IMMEDIATE if immediate else LIKE_A_PASSPORT)
        with server:
            if trust:
                trust.write_bytes(server.authority.master_list())
            if not empty:
                _lay(server, card, dump)
            typer.echo(f"control: {server.url}/control/card, reader: {reader}")
            stop.wait()
    except (KeyError, OSError, TokenError, ValueError) as told:
        typer.echo(" ".join(str(told).split()), err=True)
        raise typer.Exit(1) from told


def _server(token_file: Path, port: int, reader: str, timing: Timing) -> PassportServer:
    host, _, vpcd_port = reader.rpartition(":")
    authority = make_authority(start=_today() - dt.timedelta(days=6 * 365))
    token = read_or_create(token_file)
    return PassportServer(token, authority, port, vpcd_port=int(vpcd_port), vpcd_host=host, timing=timing)


def _lay(server: PassportServer, card: Path | None, dump: Path | None) -> None:
    """Say what opens it, and write its files where they are wanted."""
    passport = server.lay(_order(card))
    typer.echo("\n".join((*passport.lines, f"card access number: {passport.options.can}")))
    if dump:
        write_folder(passport, dump)


def _order(card: Path | None) -> CardOrder:
    if card is None:
        return specimen_order(_today())
    return CardOrder.model_validate_json(card.read_bytes())


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


if __name__ == "__main__":
    typer.run(main)
