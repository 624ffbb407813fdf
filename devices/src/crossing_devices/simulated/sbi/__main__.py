"""Runs the test device: ``python -m crossing_devices.simulated.sbi --token-file FILE --trust-out authority.pem``."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from crossing_devices.sbi.protocol import PORTS
from crossing_devices.simulated.sbi.answers import certificate_of
from crossing_devices.simulated.sbi.records import RecordForm
from crossing_devices.simulated.sbi.server import SbiServer
from crossing_devices.tokens import TokenError, read_or_create

app = typer.Typer(pretty_exceptions_show_locals=False)


@app.command()
def simulate_sbi(
    token_file: Annotated[Path, typer.Option(help="Holds the bearer token of the controls; written where absent.")],
    trust_out: Annotated[Path, typer.Option(help="The authority's certificate is written here, for 'trust'.")],
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1; 0 takes a free one.")] = PORTS.start,
    encrypt_for: Annotated[
        Path | None, typer.Option(help="PEM certificate of a post: serve authentication, encrypted for it.")
    ] = None,
    form: Annotated[RecordForm, typer.Option(help="How fingers are recorded.")] = RecordForm.WSQ,
    person: Annotated[int, typer.Option(help="Whose fingers are drawn.", min=0)] = 1,
) -> None:
    """Run a slap scanner and a face camera that speak SBI, until interrupted."""
    try:
        certificate = certificate_of(encrypt_for.read_bytes()) if encrypt_for else None
        server = SbiServer(read_or_create(token_file), port, encrypt_for=certificate, form=form, person=person)
        server.pki.write_trust(trust_out)
    except (OSError, ValueError, TokenError) as broken:
        typer.echo(f"Error: {broken}", err=True)
        raise typer.Exit(1) from broken
    over = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: over.set())
    with server:
        typer.echo(f"SBI device service: {server.url}, for {server.purpose}")
        over.wait()


if __name__ == "__main__":
    app()
