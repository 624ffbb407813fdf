"""``crossing-devices list``, ``test`` and ``diagnose``: with a running agent, or with devices opened here."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, Protocol

import typer
from pydantic import ValidationError

from crossing.ports.chip import ChipRequest, MrzKey
from crossing.ports.devices import Capture, CaptureRequest, DeviceError, DeviceKind, DeviceList, DeviceState
from crossing.ports.fingers import FingerPosition, FingerRequest
from crossing_devices.config import AgentConfig, ConfigError, read_config_or_default
from crossing_devices.diagnosis import Diagnosis, diagnosis
from crossing_devices.faults import FaultList
from crossing_devices.fleet import open_fleet
from crossing_devices.operators import fail, one_line_errors
from crossing_devices.remote import AgentAway, RemoteAgent
from crossing_devices.summaries import summary
from crossing_devices.tokens import TokenError, read

OFFERS_S: Final = 15.0
_TOLD: Final = (AgentAway, ConfigError, OSError, TokenError)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Open the devices of this file here; no agent may have them open. Without it and without an agent: "
        "/etc/crossing/devices.toml, or what is attached where that is not there.",
    ),
]
UrlOption = Annotated[str | None, typer.Option("--agent-url", help="Ask the agent that runs there instead.")]
TokenOption = Annotated[Path | None, typer.Option("--token-file", help="Holds the running agent's token.")]


class _Devices(Protocol):
    """A fleet of our own, or the agent's."""

    def listing(self) -> DeviceList: ...

    def faults(self) -> FaultList: ...

    def capture(self, device_id: str, request: CaptureRequest) -> Capture: ...


def list_devices(
    config: ConfigOption = None,
    agent_url: UrlOption = None,
    token_file: TokenOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="As the agent lists them.")] = False,
) -> None:
    """Show the configured devices, those that are offered, and how they are."""
    with _reached(config, agent_url, token_file) as devices:
        listed = devices.listing()
    if as_json:
        typer.echo(listed.model_dump_json(indent=2))
        return
    for state in listed.devices:
        typer.echo(_line(state))


def try_device(
    device_id: Annotated[str, typer.Argument(help="The device's id in the configuration, or an offered one's.")],
    config: ConfigOption = None,
    agent_url: UrlOption = None,
    token_file: TokenOption = None,
    timeout_s: Annotated[
        float, typer.Option(help="How long to wait for what is to be presented.", min=0.1, max=60)
    ] = 10,
    finger: Annotated[list[FingerPosition] | None, typer.Option(help="Which finger; may be repeated.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write what was captured to this file, personal data and all.")
    ] = None,
) -> None:
    """Capture once from a device and say what came, naming nobody; ends with status 1 where nothing did.

    A chip reader asks for what opens the chip: from the terminal unseen, or line by line from the standard input.
    """
    with _reached(config, agent_url, token_file) as devices:
        states = {state.info.device_id: state for state in devices.listing().devices}
        if device_id not in states:
            fail(f"There is no device {device_id!r}.")
        request = CaptureRequest(
            timeout_s=timeout_s,
            chip=_chip_request() if states[device_id].info.kind is DeviceKind.CHIP_READER else None,
            fingers=FingerRequest(positions=tuple(finger)) if finger else None,
        )
        try:
            captured = devices.capture(device_id, request)
        except DeviceError as broken:
            fail(f"{device_id}: {broken.fault.value}{f' ({broken.detail})' if broken.detail else ''}")
    typer.echo(f"{device_id}: " + "\n  ".join(summary(captured)))
    if out is not None:
        out.write_bytes(captured.content)


def diagnose(
    config: ConfigOption = None,
    agent_url: UrlOption = None,
    token_file: TokenOption = None,
    out: Annotated[str, typer.Option(help="A .zip file to write, or - for the terminal.")] = "-",
) -> None:
    """Collect what a technician needs to know of this machine's devices: no secret, no personal data in it."""
    with one_line_errors(*_TOLD):
        read_here = read_config_or_default(config)
        secret = read(token_file) if token_file is not None else ""
    with _reached(None if agent_url else config, agent_url, token_file) as devices:
        found = diagnosis(read_here, devices.listing(), devices.faults(), secrets=(secret,))
    _hand_over(found, out)


def _hand_over(found: Diagnosis, out: str) -> None:
    if out == "-":
        typer.echo(found.text())
        return
    with one_line_errors(*_TOLD):
        Path(out).write_bytes(found.zipped())
    typer.echo(f"written to {out}: {', '.join(found.sections)}")


@contextmanager
def _reached(config: Path | None, agent_url: str | None, token_file: Path | None) -> Iterator[_Devices]:
    if agent_url is not None and (config is not None or token_file is None):
        fail("Give --config, or --agent-url with --token-file.")
    with one_line_errors(*_TOLD):
        if agent_url is not None and token_file is not None:
            remote = RemoteAgent(agent_url, read(token_file))
            try:
                yield remote
            finally:
                remote.close()
        else:
            yield from _opened(read_config_or_default(config))


def _opened(config: AgentConfig) -> Iterator[_Devices]:
    fleet = open_fleet(config)
    try:
        fleet.wait_for_offers(OFFERS_S)
        yield fleet
    finally:
        fleet.close()


def _chip_request() -> ChipRequest:
    """What opens the chip. Never from the command line, where every user of the machine can read it."""
    number = _asked("Document number, or the six digits of the card access number")
    if len(number) == 6 and number.isdecimal():
        return ChipRequest(can=number)
    if not number:
        return ChipRequest()
    birth, expiry = _asked("Birth date (YYMMDD)"), _asked("Expiry date (YYMMDD)")
    try:
        return ChipRequest(
            mrz=MrzKey(document_number=number.upper().ljust(9, "<"), birth_date=birth, expiry_date=expiry)
        )
    except ValidationError:
        fail("That is not what a machine-readable zone holds: letters and digits, and two dates YYMMDD.")


def _asked(question: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(question, default="", show_default=False, hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


def _line(state: DeviceState) -> str:
    info, health = state.info, state.health
    model = f" ({info.model})" if info.model else ""
    fault = f": {health.fault.value}" if health.fault else ""
    detail = f" ({health.detail})" if health.detail else ""
    offered = "" if state.configured else "  offered"
    return f"{info.device_id}  {info.kind.value}  {info.driver}{model}  {health.state.value}{fault}{detail}{offered}"
