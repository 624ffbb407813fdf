"""The ``interpol-bridge gateway`` commands: a mapping is tried out before a bridge asks anybody with it."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer
from pydantic import ValidationError

from crossing.ports.bridge import Database
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.settings import load_settings

if TYPE_CHECKING:
    from interpol_bridge.backends.gateway.interface import Interface, Operation
    from interpol_bridge.questions import Question

gateway_app = typer.Typer(
    no_args_is_help=True, help="The bureau's online service: try out the mapping and the certificates."
)

SAMPLE_ID: Final = UUID("00000000-0000-4000-8000-000000000001")
SAMPLES: Final[dict[Database, dict[str, str]]] = {
    Database.SLTD: {"document_number": "L898902C3", "issuing_state": "UTO", "document_type": "P"},
    Database.TDAWN: {"document_number": "L898902C3", "issuing_state": "UTO", "document_type": "P"},
    Database.NOMINALS: {
        "family_name": "ERIKSSON",
        "forenames": "ANNA MARIA",
        "birth_date": "1974-08-12",
        "sex": "F",
        "nationality": "UTO",
    },
    Database.SMV: {"vin": "1M8GDM9AXKP042788", "plate": "UT4471KB", "plate_country": "UTO"},
}
"""Invented questions about Utopia, whose specimens ICAO Doc 9303 prints."""

Asked = Annotated[Database, typer.Argument(help="The database that is asked.")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", help="The mapping; none: the one that comes with it.")]


@gateway_app.command("new-mapping")
def new_mapping(
    out: Annotated[Path, typer.Argument(help="Folder for the three files; it must not exist yet.")],
) -> None:
    """Copy the mapping and the schemas that come with the bridge, to be adapted."""
    from interpol_bridge.backends.gateway.mapping import shipped_mapping  # noqa: PLC0415 - other commands need none

    with _clear_errors():
        out.mkdir(parents=True)
        for file in sorted(shipped_mapping().parent.iterdir()):
            (out / file.name).write_bytes(file.read_bytes())
    typer.echo(f"Adapt {out / shipped_mapping().name}, and name it in INTERPOL_BRIDGE_GATEWAY_MAPPING.")


@gateway_app.command()
def request(database: Asked, mapping: MappingFile = None) -> None:
    """Print the request that the bridge would send for an invented question. Nothing is sent."""
    from interpol_bridge.backends.gateway.access import Credentials  # noqa: PLC0415 - other commands need none
    from interpol_bridge.backends.gateway.interface import Interface  # noqa: PLC0415
    from interpol_bridge.backends.gateway.requests import sources_of  # noqa: PLC0415

    with _clear_errors():
        operation = _operation(Interface(mapping), database)
        credentials = Credentials(user="USER", password="PASSWORD", token="TOKEN")  # noqa: S106 - stand for the real ones
        body = operation.writer.write(sources_of(_sample(database, SAMPLE_ID), credentials))
        headers = {name: credentials.fill(text) for name, text in operation.headers.items()}
    typer.echo(f"POST {operation.path}")
    for name, text in headers.items():
        typer.echo(f"{name}: {text}")
    typer.echo(f"\n{body.decode()}")


@gateway_app.command()
def answer(
    database: Asked,
    file: Annotated[Path, typer.Argument(help="An answer of the service, as XML.")],
    mapping: MappingFile = None,
    request_id: Annotated[UUID, typer.Option(help="The id that the answer is to.")] = SAMPLE_ID,
    status: Annotated[int, typer.Option(min=100, max=599, help="The HTTP status that it came with.")] = 200,
) -> None:
    """Print what the bridge reads in an answer, a JSON object for each record; exit status 1 where it is none."""
    from interpol_bridge.backends.base import NotAnswered  # noqa: PLC0415 - other commands need none
    from interpol_bridge.backends.gateway.interface import Interface, Reply  # noqa: PLC0415

    with _clear_errors():
        interface = Interface(mapping)
        operation = _operation(interface, database)
        try:
            root = interface.document(Reply(status, file.read_bytes()), operation.fault)
            finding = operation.reader.read(root, _sample(database, request_id))
        except NotAnswered as error:
            typer.echo(f"not checked: {error}")
            raise typer.Exit(1) from None
    typer.echo(
        f"{len(finding.records)} records, {finding.source.mode}, copy as of: {finding.source.copy_as_of or '-'}"
    )
    for record in finding.records:
        typer.echo(record.model_dump_json())


@gateway_app.command()
def probe(
    config: Annotated[Path | None, typer.Option(help="TOML file of settings, as for serve.")] = None,
) -> None:
    """Ask the service whether it would answer, with the bridge's own certificates; exit status 1 where it wouldn't.

    Nobody is asked about.
    """
    from interpol_bridge.backends.base import NotAnswered  # noqa: PLC0415 - other commands need none
    from interpol_bridge.backends.gateway import GatewayBackend  # noqa: PLC0415

    with _clear_errors():
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


def _sample(database: Database, request_id: UUID) -> "Question":
    from interpol_bridge.questions import KIND_OF_QUERY, Question  # noqa: PLC0415

    who = {"officer": "OFFICER", "post": "POST", "purpose": "PURPOSE", "legal_basis": "LEGAL BASIS"}
    query = KIND_OF_QUERY[database].model_validate({"request_id": request_id, **who, **SAMPLES[database]})
    return Question(database, query)


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except (ConfigurationError, tomllib.TOMLDecodeError, OSError) as error:
        typer.echo(f"interpol-bridge gateway: {error}", err=True)
        raise typer.Exit(2) from error
    except ValidationError as error:
        for one in error.errors():
            typer.echo(f"interpol-bridge gateway: {'.'.join(map(str, one['loc']))}: {one['msg']}", err=True)
        raise typer.Exit(2) from error
