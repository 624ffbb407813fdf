"""``crossing capital``: the national server."""

from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509

from crossing.commands.serving import serve
from crossing.commands.telling import told_in_a_line
from crossing.platform import logs
from crossing.platform.files import write_durably
from crossing.platform.settings import CapitalSettings
from crossing.platform.tls import Authority, ServerTls, fingerprint, new_machine_key, server_config

app = typer.Typer(
    help="The capital: its service and the enrolment of posts. Without a command: serve.",
    invoke_without_command=True,
)


@app.callback()
def capital(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option(help="Folder of its data. Default: CROSSING_CAPITAL_DATA or var/capital.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port of the pages and the API for people.")] = None,
    machine_port: Annotated[int | None, typer.Option(help="Port for posts, always with mutual TLS.")] = None,
) -> None:
    """Serve the capital until stopped. All settings: docs/operations/settings.md."""
    given = {"data": data, "port": port, "machine_port": machine_port}
    with told_in_a_line():
        context.obj = CapitalSettings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        if context.invoked_subcommand is None:
            _serve(context.obj)


def _serve(settings: CapitalSettings) -> None:
    from crossing.bootstrap import capital_app  # noqa: PLC0415 - the other commands need no web server

    logs.configure(level=settings.log_level)
    apps = capital_app(settings)
    pages_tls = None
    if settings.certificate is not None and settings.certificate_key is not None:
        pages_tls = (settings.certificate, settings.certificate_key)
    serve(
        server_config(apps.people, host=settings.host, port=settings.port, pages_tls=pages_tls),
        server_config(
            apps.machines, host=settings.machine_host, port=settings.machine_port, tls=machine_tls(settings)
        ),
    )


def machine_tls(settings: CapitalSettings) -> ServerTls:
    """The certificate that posts are shown, by the same authority that certifies them; made when it is missing."""
    authority = Authority(settings.data / "authority", name="Crossing capital")
    key, certificate = settings.data / "keys" / "tls.key", settings.data / "keys" / "tls.pem"
    request = new_machine_key(key)
    if not certificate.exists():
        issued = authority.issue(request, name="crossing-capital", hosts=settings.machine_names)
        write_durably(certificate, issued, mode=0o644)
    return ServerTls(certificate, key, authority.certificate_path)


@app.command()
def enrol(
    context: typer.Context,
    request: Annotated[Path, typer.Argument(help="The file that the post's machine wrote.")],
    out: Annotated[Path, typer.Option(help="File to carry back to it.")] = Path("enrolment-bundle.json"),
) -> None:
    """Let a machine in: certify its keys and register it. A name or a key that was used before is refused."""
    from crossing.cores import open_capital  # noqa: PLC0415
    from crossing.identity.principal import SYSTEM  # noqa: PLC0415

    settings: CapitalSettings = context.obj
    with told_in_a_line():
        opened = open_capital(settings)
        try:
            with opened.core.database.unit_of_work() as session:
                enrolled = opened.core.posts.enrol(
                    session,
                    actor=SYSTEM,
                    request=request.read_bytes(),
                    authority=opened.authority,
                    signing_key=opened.signing_key,
                )
            write_durably(out, enrolled.bundle, mode=0o644)
        finally:
            opened.close()
    authority = fingerprint(x509.load_pem_x509_certificate(opened.authority.certificate_path.read_bytes()))
    typer.echo(f"Carry {out} back to the machine: crossing post accept {out.name} --authority {authority}")
