"""The ``interpol-bridge copy`` commands: offline copies are made at the bureau, and taken up where a bridge is."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from interpol_bridge.clock import utc_now
from interpol_bridge.command_errors import clear_errors
from interpol_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from interpol_bridge.backends.offline_copy.manifest import Manifest

copy_app = typer.Typer(
    no_args_is_help=True,
    help="Offline copies of the databases: made of files and signed at the bureau, asked by a bridge without a link.",
)

MAKING_KEY: Final = "copy-making.key"
READING_KEY: Final = "copy-reading.key"

MakingKeyFile = Annotated[Path, typer.Option("--key", help=f"The maker's key, {MAKING_KEY}.")]
ReadingKeyFile = Annotated[Path, typer.Option("--key", help=f"The reading key, {READING_KEY}.")]
Folder = Annotated[Path, typer.Argument(help="The folder of the copy.")]


@copy_app.command("new-keys")
def new_keys(out: Annotated[Path, typer.Option(help="Folder for the two keys.")]) -> None:
    """Make the key that makes copies, and the key that reads them. The first stays at the bureau."""
    from interpol_bridge.backends.offline_copy.keys import MakingKey  # noqa: PLC0415 - other commands need none

    with clear_errors("interpol-bridge copy"):
        key = MakingKey.new()
        key.write(out / MAKING_KEY)
        key.reading.write(out / READING_KEY)
    typer.echo(f"{out / MAKING_KEY} makes and signs copies: it stays here.")
    typer.echo(f"{out / READING_KEY} checks and reads them: every bridge needs it, nobody else may have it.")


@copy_app.command()
def build(  # noqa: PLR0913, PLR0917  (typer makes an option of each)
    key: MakingKeyFile,
    as_of: Annotated[str, typer.Option(help="The date of the sources: YYYY-MM-DD, or a time with its zone.")],
    out: Annotated[Path, typer.Option(help="Folder of the copy; one that is there is replaced at the end.")],
    sltd: Annotated[Path | None, typer.Option(help="CSV of stolen and lost documents.")] = None,
    tdawn: Annotated[Path | None, typer.Option(help="CSV of documents associated with notices.")] = None,
    smv: Annotated[Path | None, typer.Option(help="CSV of stolen vehicles.")] = None,
    notices: Annotated[
        list[Path] | None, typer.Option(help="JSON or ZIP of INTERPOL's notices; repeat it for more pages.")
    ] = None,
    persons: Annotated[
        list[str] | None, typer.Option(help="FORMAT:FILE of another list of persons, such as un_xml:list.xml.")
    ] = None,
    most_skipped: Annotated[int, typer.Option(min=0, help="Rows that may be unusable and left out.")] = 0,
) -> None:
    """Make a whole copy of files. What can't be used of them is told with its lines."""
    from interpol_bridge.backends.offline_copy import MakingKey, Order, make_copy  # noqa: PLC0415
    from interpol_bridge.backends.offline_copy.sources import NOTICES  # noqa: PLC0415

    with clear_errors("interpol-bridge copy"):
        order = Order(
            as_of=_when(as_of),
            sltd=sltd,
            tdawn=tdawn,
            smv=smv,
            persons=(*((NOTICES, path) for path in notices or ()), *map(_format_and_file, persons or ())),
            most_skipped=most_skipped,
        )
        made = make_copy(order, out, MakingKey.read(key), utc_now(), _warn)
    _show(made)


@copy_app.command()
def delta(
    old: Annotated[Path, typer.Argument(help="The copy that the bridges have.")],
    new: Annotated[Path, typer.Argument(help="The copy that they are to have.")],
    key: MakingKeyFile,
    out: Annotated[Path, typer.Option(help="Folder of the delta.")],
) -> None:
    """Make what leads from one copy to the next, much smaller than either."""
    from interpol_bridge.backends.offline_copy import MakingKey, make_delta  # noqa: PLC0415

    with clear_errors("interpol-bridge copy"):
        made = make_delta(old, new, out, MakingKey.read(key), utc_now())
    _show(made)


@copy_app.command()
def update(
    folder: Folder,
    came: Annotated[Path, typer.Argument(help="A delta that was made for this copy, or a whole copy.")],
    key: ReadingKeyFile,
) -> None:
    """Bring a copy up to date. A bridge that serves takes it up by itself, and no question is left unanswered."""
    from interpol_bridge.backends.offline_copy import ReadingKey, take_up  # noqa: PLC0415

    with clear_errors("interpol-bridge copy"):
        made = take_up(folder, came, ReadingKey.read(key)).manifest
    _show(made)


@copy_app.command()
def info(folder: Folder, key: ReadingKeyFile) -> None:
    """Say what a copy or a delta is of, once its signature is checked."""
    from interpol_bridge.backends.offline_copy.keys import ReadingKey  # noqa: PLC0415
    from interpol_bridge.backends.offline_copy.manifest import SignedManifest  # noqa: PLC0415

    with clear_errors("interpol-bridge copy"):
        signed = SignedManifest.read(folder, ReadingKey.read(key))
    _show(signed.manifest)
    typer.echo(f"digest: {signed.digest}")


@copy_app.command()
def verify(folder: Folder, key: ReadingKeyFile) -> None:
    """Read every byte of a copy and check it; exit status 2 and the reason where it can't be believed."""
    from interpol_bridge.backends.offline_copy import OpenCopy, ReadingKey  # noqa: PLC0415

    with clear_errors("interpol-bridge copy"):
        copy = OpenCopy.open(folder, ReadingKey.read(key))
        copy.verify()
    typer.echo(f"The copy is whole. Digest: {copy.digest}")


def _show(manifest: "Manifest") -> None:
    age: timedelta = utc_now() - manifest.as_of
    typer.echo(f"as of: {manifest.as_of.isoformat()} ({age / timedelta(hours=1):.0f} hours ago)")
    if manifest.follows:
        typer.echo(f"made for the copy: {manifest.follows}")
    for database, holding in manifest.databases.items():
        size = sum(file.size for file in holding.files)
        deltas = f", {len(holding.files) - 1} deltas" if len(holding.files) > 1 else ""
        typer.echo(f"{database}: {holding.records} records, {size} bytes{deltas}")


def _warn(line: str) -> None:
    typer.echo(line, err=True)


def _when(text: str) -> datetime:
    from interpol_bridge.backends.offline_copy.manifest import as_of_day  # noqa: PLC0415

    try:
        return as_of_day(text)
    except ValueError as error:
        raise ConfigurationError(f"--as-of {text}: {error}.") from error


def _format_and_file(text: str) -> tuple[str, Path]:
    name, colon, path = text.partition(":")
    if not colon:
        raise ConfigurationError(f"--persons {text}: write the format and the file, such as un_xml:list.xml.")
    return name, Path(path)
