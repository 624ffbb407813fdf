"""``crossing post``: one post, or one laptop that is a post."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crossing.commands.serving import serve
from crossing.commands.telling import told_in_a_line
from crossing.platform import logs
from crossing.platform.clock import SystemClock
from crossing.platform.files import write_durably
from crossing.platform.settings import PostSettings
from crossing.platform.tls import server_config

app = typer.Typer(
    help="A border post: its service, its identity and its enrolment at the capital. Without a command: serve.",
    invoke_without_command=True,
)

Data = Annotated[
    Path | None, typer.Option(help="Folder of the post's data. Default: CROSSING_POST_DATA or var/post.")
]


@app.callback()
def post(
    context: typer.Context,
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address of the pages and the API.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the pages and the API.")] = None,
) -> None:
    """Serve the post until stopped. All settings: docs/operations/settings.md."""
    given = {"data": data, "host": host, "port": port}
    with told_in_a_line():
        context.obj = PostSettings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        if context.invoked_subcommand is None:
            _serve(context.obj)


def _serve(settings: PostSettings) -> None:
    from crossing.bootstrap import post_app  # noqa: PLC0415 - loads the engines; the other commands need none

    logs.configure(level=settings.log_level)
    serve(server_config(post_app(settings), host=settings.host, port=settings.port, pages_tls=_pages_tls(settings)))


def _pages_tls(settings: Any) -> tuple[Path, Path] | None:
    if settings.certificate is None or settings.certificate_key is None:
        return None
    return settings.certificate, settings.certificate_key


@app.command()
def init(
    context: typer.Context,
    code: Annotated[str, typer.Option(help="The post's code, such as GOGUI-1: capitals, digits and -, 2 to 16.")],
    name: Annotated[str, typer.Option(help="The post's name as people say it.")],
    country: Annotated[str, typer.Option(help="The State whose border it guards, ISO 3166-1 alpha-3.")],
    machine: Annotated[str, typer.Option(help="This machine's name at the post.")] = "desk-1",
) -> None:
    """Give this machine its identity and its encrypted database. Done once; done again, it changes nothing."""
    from crossing.cores import open_post  # noqa: PLC0415
    from crossing.posts.machine_identity import MachineDescription, MachineIdentity  # noqa: PLC0415

    settings: PostSettings = context.obj
    with told_in_a_line():
        MachineIdentity.create(
            settings.data / "identity",
            MachineDescription(post=code, post_name=name, country=country, name=machine),
        )
        open_post(settings).core.close()
    typer.echo(f"{code}/{machine} is ready in {settings.data}. Next: crossing post request")


@app.command()
def request(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="File to carry to the capital.")] = Path("enrolment-request.json"),
) -> None:
    """Write the enrolment request, signed with this machine's key."""
    from crossing.posts.enrolment import make_request  # noqa: PLC0415
    from crossing.posts.machine_identity import MachineIdentity  # noqa: PLC0415

    settings: PostSettings = context.obj
    with told_in_a_line():
        write_durably(out, make_request(MachineIdentity.load(settings.data / "identity"), SystemClock()), mode=0o644)
    typer.echo(f"Carry {out} to the capital: crossing capital enrol {out.name}")


@app.command()
def accept(
    context: typer.Context,
    bundle: Annotated[Path, typer.Argument(help="The file that the capital gave back.")],
    authority: Annotated[
        str | None, typer.Option(help="Fingerprint of the capital's authority, as the capital reads it out.")
    ] = None,
) -> None:
    """Take in the capital's answer; from then on this machine can send."""
    from crossing.posts.enrolment import accept as take_in  # noqa: PLC0415
    from crossing.posts.machine_identity import MachineIdentity  # noqa: PLC0415

    settings: PostSettings = context.obj
    with told_in_a_line():
        machine = MachineIdentity.load(settings.data / "identity")
        believed = take_in(machine, bundle.read_bytes(), expected_authority=authority)
    typer.echo(f"Enrolled. This machine now believes the authority {believed}: compare it with the capital's.")
    typer.echo("Set CROSSING_POST_CAPITAL_URL and start the post again.")


@app.command("add-lane")
def add_lane(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The lane's number, as painted above it.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    direction: Annotated[str, typer.Option(help="entry, exit or both.")] = "both",
    scanner: Annotated[str | None, typer.Option(help="Device id of its page scanner.")] = None,
    camera: Annotated[str | None, typer.Option(help="Device id of its camera.")] = None,
) -> None:
    """Add a lane, with the devices that stand there (crossing-devices list shows their ids)."""
    from crossing.cores import open_post  # noqa: PLC0415
    from crossing.identity.principal import SYSTEM  # noqa: PLC0415
    from crossing.posts.schemas import LaneIn  # noqa: PLC0415

    settings: PostSettings = context.obj
    with told_in_a_line():
        lane = LaneIn(
            number=number,
            name=name,
            direction=direction,
            scanner_device=scanner,
            camera_device=camera,
        )
        opened = open_post(settings)
        with opened.core.database.unit_of_work() as session:
            added = opened.core.posts.add_lane(session, actor=SYSTEM, post_code=opened.machine.post, lane=lane)
        opened.core.close()
    typer.echo(f"Lane {number}: {added.id}")
