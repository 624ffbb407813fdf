"""The ``interpol-bridge gateway`` commands: a mapping is tried out before a bridge asks anybody with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from crossing.ports.bridge import Database
from interpol_bridge.command_errors import clear_errors
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.settings import load_settings

if TYPE_CHECKING:
    from interpol_bridge.backends.gateway.interface import Interface, Operation

gateway_app = typer.Typer(
    no_args_is_help=True, help="The bureau's online service: try out the mapping and the certificates."
)

Asked = Annotated[Database, typer.Argument(help="The database that is asked.")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", help="The mapping; none: the one that comes with it.")]


@gateway_app.command("new-mapping")
def new_mapping(
    out: Annotated[Path, typer.Argument(help="Folder for the files; it must not exist yet.")],
) -> None:
    """Copy the mapping, the schemas and the samples that come with the bridge, to be adapted."""
    from interpol_bridge.backends.gateway.mapping import shipped_mapping  # noqa: PLC0415 - other commands need none

    with clear_errors("interpol-bridge gateway"):
        out.mkdir(parents=True)
        for file in sorted(shipped_mapping().parent.iterdir()):
            (out / file.name).write_bytes(file.read_bytes())
    typer.echo(f"Adapt {out / shipped_mapping().name}, and name it in INTERPOL_BRIDGE_GATEWAY_MAPPING.")


@gateway_app.command()
def request(database: Asked, mapping: MappingFile = None) -> None:
    """Print the request that the bridge would send for the question of the mapping's sample. Nothing is sent."""
    from interpol_bridge.backends.gateway.interface import Interface  # noqa: PLC0415 - other commands need none
    from interpol_bridge.backends.gateway.proof import STAND_INS, sample_question  # noqa: PLC0415
    from interpol_bridge.backends.gateway.requests import sources_of  # noqa: PLC0415

    with clear_errors("interpol-bridge gateway"):
        operation = _operation(Interface(mapping), database)
        body = operation.writer.write(sources_of(sample_question(database, operation.sample), STAND_INS))
        headers = {name: STAND_INS.fill(text) for name, text in operation.headers.items()}
    typer.echo(f"POST {operation.path}")
    for name, text in headers.items():
        typer.echo(f"{name}: {text}")
    typer.echo(f"\n{body.decode()}")


@gateway_app.command()
def answer(
    database: Asked,
    file: Annotated[Path, typer.Argument(help="An answer of the service, as XML.")],
    mapping: MappingFile = None,
    request_id: Annotated[UUID | None, typer.Option(help="The id that the answer is to; none: the sample's.")] = None,
    status: Annotated[int, typer.Option(min=100, max=599, help="The HTTP status that it came with.")] = 200,
) -> None:
    """Print what the bridge reads in an answer, a JSON object for each record; exit status 1 where it is none."""
    from interpol_bridge.backends.base import NotAnswered  # noqa: PLC0415 - other commands need none
    from interpol_bridge.backends.gateway.interface import Interface, Reply  # noqa: PLC0415
    from interpol_bridge.backends.gateway.proof import sample_question  # noqa: PLC0415

    with clear_errors("interpol-bridge gateway"):
        interface = Interface(mapping)
        operation = _operation(interface, database)
        sample = operation.sample.model_copy(update={"request_id": request_id or operation.sample.request_id})
        try:
            root = interface.document(Reply(status, file.read_bytes()), operation.fault)
            finding = operation.reader.read(root, sample_question(database, sample))
        except NotAnswered as error:
            typer.echo(f"not checked: {error}")
            raise typer.Exit(1) from None
    typer.echo(
        f"{len(finding.records)} records, {finding.source.mode}, copy as of: {finding.source.copy_as_of or '-'}"
    )
    for record in finding.records:
        typer.echo(record.model_dump_json())


@gateway_app.command()
def check(mapping: MappingFile = None) -> None:
    """Try the mapping with its samples, as every start of the bridge does; exit status 2 and the reason where not."""
    from interpol_bridge.backends.gateway.interface import Interface  # noqa: PLC0415 - other commands need none
    from interpol_bridge.backends.gateway.proof import prove  # noqa: PLC0415

    with clear_errors("interpol-bridge gateway"):
        interface = Interface(mapping)
        prove(interface)
    for database, operation in interface.operations.items():
        typer.echo(f"{database}: {operation.sample.answer} is read as {operation.sample.record.record_reference}")


@gateway_app.command()
def probe(
    config: Annotated[Path | None, typer.Option(help="TOML file of settings, as for serve.")] = None,
) -> None:
    """Ask the service whether it would answer, with the bridge's own certificates; exit status 1 where it wouldn't.

    Nobody is asked about.
    """
    from interpol_bridge.backends.base import NotAnswered  # noqa: PLC0415 - other commands need none
    from interpol_bridge.backends.gateway import GatewayBackend  # noqa: PLC0415

    with clear_errors("interpol-bridge gateway"):
        backend = GatewayBackend.open(load_settings(config))
    try:
        source = backend.probe()
    except NotAnswered as error:
        typer.echo(f"not ready: {error}")
        raise typer.Exit(1) from None
    finally:
        backend.close()
    typer.echo(f"ready, {source.mode}, copy as of: {source.copy_as_of or '-'}")


def _operation(interface: "Interface", database: Database) -> "Operation":
    try:
        return interface.operations[database]
    except KeyError:
        raise ConfigurationError(f"The mapping has no [operations.{database}].") from None
