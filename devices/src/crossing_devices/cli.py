"""The ``crossing-devices`` command.

The agent runs for months on a small machine, so what only simulated devices need is imported by their commands alone.
"""

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_group

from crossing_devices.agent import serve
from crossing_devices.cli_devices import diagnose, list_devices, try_device
from crossing_devices.config import ConfigError, read_config
from crossing_devices.fleet import open_fleet
from crossing_devices.operators import one_line_errors
from crossing_devices.tokens import TokenError, read_or_create

_SIMULATED: Final = ("simulate", "specimens", "fetch-portraits")


class _Commands(TyperGroup):
    """Ours, and those of the simulated devices once one of them is asked for.

    Typer carries a click of its own or the installed one, depending on its version: hence no types of click here.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *_SIMULATED]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _SIMULATED:
            return super().get_command(ctx, cmd_name)
        from crossing_devices.cli_simulated import app as simulated  # noqa: PLC0415 - carries OpenCV

        return get_group(simulated).get_command(ctx, cmd_name)


app = typer.Typer(
    name="crossing-devices",
    help="Devices of a border post: the device agent, its drivers, and simulated devices.",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


@app.command()
def agent(
    config: Annotated[
        Path, typer.Option("--config", help="The devices of this machine, as TOML; see docs/operations/devices.md.")
    ],
    token_file: Annotated[
        Path, typer.Option("--token-file", help="Holds the bearer token; written, for its owner alone, where absent.")
    ],
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.", min=1, max=65535)] = 8200,
) -> None:
    """Run the device agent: what the post talks to. It listens on 127.0.0.1 alone."""
    with one_line_errors(ConfigError, TokenError, OSError):
        token = read_or_create(token_file)
        fleet = open_fleet(read_config(config), alone=True)
    serve(fleet, token, port)


app.command("list")(list_devices)
app.command("test")(try_device)
app.command("diagnose")(diagnose)
