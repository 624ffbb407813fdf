"""The ``interpol-bridge`` command."""

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from interpol_bridge.command_errors import clear_errors
from interpol_bridge.copy_cli import copy_app
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.gateway_cli import gateway_app
from interpol_bridge.interpreter import collect_seldom, take_short_turns
from interpol_bridge.logs import configure_logs
from interpol_bridge.serving import https_server, listen
from interpol_bridge.settings import Settings, load_settings

if TYPE_CHECKING:
    from interpol_bridge.store.store import Store

app = typer.Typer(
    no_args_is_help=True,
    help="The bridge between border posts and a National Central Bureau's I-24/7 access. Posts call it over mutual "
    "TLS; it alone holds the bureau's credentials, and it keeps an audit of every question.",
)
audit_app = typer.Typer(no_args_is_help=True, help="The audit of who asked what, and why.")
app.add_typer(audit_app, name="audit")
app.add_typer(copy_app, name="copy")
app.add_typer(gateway_app, name="gateway")

log = structlog.get_logger(__name__)

Config = Annotated[
    Path | None,
    typer.Option(
        help="TOML file of settings. Options win over INTERPOL_BRIDGE_* variables, and those over the file."
    ),
]
DataFolder = Annotated[Path | None, typer.Option(help="Where the audit, the answers and the secret are kept.")]
SecretFile = Annotated[
    Path | None, typer.Option(help="32 random bytes that encrypt the store. Made at first start if missing.")
]


@app.command()
def serve(  # noqa: PLR0913, PLR0917  (typer makes an option of each)
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes any free one.")] = None,
    tls_certificate: Annotated[Path | None, typer.Option(help="The bridge's certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The key of that certificate, PEM.")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(help="PEM bundle of the authorities that issue the posts' certificates.")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            help="SHA-256 fingerprint of a certificate that may call; repeat it. None given: all of client-ca."
        ),
    ] = None,
    data_folder: DataFolder = None,
    secret_file: SecretFile = None,
    backend: Annotated[str | None, typer.Option(help="Who is asked: gateway, offline_copy or simulator.")] = None,
    backend_url: Annotated[str | None, typer.Option(help="Where the backend is.")] = None,
) -> None:
    """Serve the contract to the posts, until stopped.

    A post is known by the common name of its certificate's subject, and may ask in no other post's name.
    """
    from interpol_bridge.app import create_app  # noqa: PLC0415 - the simulator needs no database
    from interpol_bridge.backends import open_backend, open_copy  # noqa: PLC0415

    collect_seldom()
    take_short_turns()
    with clear_errors("interpol-bridge"):
        settings = load_settings(
            config,
            host=host,
            port=port,
            tls_certificate=tls_certificate,
            tls_key=tls_key,
            client_ca=client_ca,
            allowed_fingerprints=tuple(allow) if allow else None,
            data_folder=data_folder,
            secret_file=secret_file,
            backend=backend,
            backend_url=backend_url,
        )
        store = _open_store(settings)
        bridge = create_app(backend=open_backend(settings), copy=open_copy(settings), store=store, settings=settings)
        server = https_server(bridge, settings)
        bound = listen(settings.host, settings.port)
    configure_logs(settings.log_level)
    log.info("serving", host=settings.host, port=bound.getsockname()[1], backend=settings.backend)
    server.run(sockets=[bound])


@app.command()
def simulate(  # noqa: PLR0913, PLR0917  (typer makes an option of each)
    scenario: Annotated[
        str, typer.Argument(help="What it holds and does: a TOML file, or a shipped name that --list shows.")
    ] = "everyday",
    port: Annotated[
        int, typer.Option(help="Port of 127.0.0.1 where it speaks JSON, to anybody; 0 takes any free one.")
    ] = 9480,
    bureau_port: Annotated[
        int | None,
        typer.Option(help="Port where the same bureau speaks XML over mutual TLS, as the gateway asks it."),
    ] = None,
    bureau_host: Annotated[str, typer.Option(help="Address of that port.")] = "127.0.0.1",
    bureau_certificate: Annotated[Path | None, typer.Option(help="The bureau's certificate chain, PEM.")] = None,
    bureau_key: Annotated[Path | None, typer.Option(help="The key of that certificate, PEM.")] = None,
    bureau_client_ca: Annotated[
        Path | None, typer.Option(help="PEM bundle of the authorities that issue the certificates of bridges.")
    ] = None,
    bureau_client_crl: Annotated[
        Path | None, typer.Option(help="PEM revocation lists, one of each of those authorities.")
    ] = None,
    asked_log: Annotated[
        Path | None,
        typer.Option(help="File that gets a JSON line for every question, and one for how its answer left."),
    ] = None,
    list_scenarios: Annotated[bool, typer.Option("--list", help="Name the shipped scenarios, and leave.")] = False,
) -> None:
    """Run a server that behaves like a bureau's access, for training and tests.

    It answers from a scenario, which may be slow, fail, talk nonsense or answer from an old copy as time goes on; and
    it can be told to while it runs: POST /control/behaviour.
    """
    from interpol_bridge.simulator.scenario import read_scenario, shipped_scenarios  # noqa: PLC0415 - nor the bridge
    from interpol_bridge.simulator.serving import BureauFiles, Sides  # noqa: PLC0415 - itself needs any of it

    if list_scenarios:
        for name, description in shipped_scenarios().items():
            typer.echo(f"{name:<14}{description}")
        return
    files = BureauFiles(bureau_certificate, bureau_key, bureau_client_ca, bureau_client_crl)
    with ExitStack() as stack:
        with clear_errors("interpol-bridge"):
            sides = stack.enter_context(closing(Sides(read_scenario(scenario), asked_log)))
            sides.speak_json(port)
            if bureau_port is not None:
                sides.speak_xml(bureau_host, bureau_port, files)
        configure_logs("info")
        log.info("simulating", scenario=scenario, **sides.ports)
        sides.run()


@audit_app.command()
def verify(
    config: Config = None,
    data_folder: DataFolder = None,
    secret_file: SecretFile = None,
    head: Annotated[
        str, typer.Option(help="An entry's hash noted earlier, which must still be there: shows a cut-off end.")
    ] = "",
) -> None:
    """Walk the audit chain and name the first entry that was changed, removed or put in; exit status 1 then."""
    from interpol_bridge.store.secrets import read_keys  # noqa: PLC0415
    from interpol_bridge.store.store import Store  # noqa: PLC0415

    with clear_errors("interpol-bridge"):
        settings = load_settings(config, data_folder=data_folder, secret_file=secret_file)
        if not settings.database_path.is_file():
            raise ConfigurationError(f"There is no store {settings.database_path}.")
        store = Store.open(settings.database_path, read_keys(settings.secret_path))
        report = store.verify_audit(head)
        store.close()
    if not report.intact:
        typer.echo(f"Broken at entry {report.broken_seq}: {report.reason}.")
        raise typer.Exit(1)
    typer.echo(f"{report.entries} entries, the chain is intact. Head: {report.head or '-'}")


def _open_store(settings: Settings) -> "Store":
    """The store of the data folder. A secret is made only beside no database: another one could never open it."""
    from interpol_bridge.store.secrets import make_secret, read_keys  # noqa: PLC0415
    from interpol_bridge.store.store import Store  # noqa: PLC0415

    if not settings.database_path.exists():
        make_secret(settings.secret_path)
    return Store.open(settings.database_path, read_keys(settings.secret_path))
