"""``crossing chip``: whether the files dumped from a chip are genuine."""

import json
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from crossing.documents.chip.certificates import CertificateDamaged, der_blocks, load_certificate
from crossing.documents.chip.files import file_of
from crossing.documents.chip.master_list import MasterList, MasterListDamaged, read_master_list
from crossing.documents.chip.reasons import SENTENCES, Reason
from crossing.documents.chip.results import ChipPart, ChipReading, PartResult, Verdict
from crossing.documents.chip.revocation import read_crl
from crossing.documents.chip.trust import TrustStore
from crossing.documents.chip.verification import verify
from crossing.documents.schemas import MrzView
from crossing.ports.chip import ChipFile

app = typer.Typer(name="chip", help="Chips of travel documents: whether they are genuine.", no_args_is_help=True)

MAX_BYTES: Final = 16 * 1024 * 1024
"""Of any file given: a master list of the world has not yet one."""


class _Unusable(Exception):
    """What was given can't be worked with; the text says which file and why."""


@app.callback()
def _group() -> None:
    """Keeps ``verify`` a command of its own while it is the only one."""


@app.command("verify")
def verify_folder(
    folder: Annotated[Path, typer.Option("--dir", help="Where the chip's files lie: EF_DG1.bin, EF_SOD.bin ...")],
    trust: Annotated[
        list[Path] | None,
        typer.Option("--trust", help="A CSCA master list, or certificates in PEM or DER. Repeatable."),
    ] = None,
    crl: Annotated[
        list[Path] | None, typer.Option("--crl", help="A certificate revocation list in PEM or DER. Repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """Say of each data group, the SOD, its signature and its chain: verified, failed or not checked, and why.

    Without --trust the chain is not checked. Exits with 0 where nothing failed, with 1 where something did, and with
    2 where the folder or a list can't be used.
    """
    try:
        files = _files(folder)
        store = _trust_store(trust or (), crl or ())
    except (_Unusable, OSError) as unusable:
        _give_up(unusable)
    reading = verify(files, store, today=datetime.now(UTC).date())
    typer.echo(json.dumps(_as_object(reading, store), indent=2) if as_json else "\n".join(_rows(reading, store)))
    raise typer.Exit(1 if reading.verdict is Verdict.FAILED else 0)


def _give_up(why: Exception) -> NoReturn:
    message = f"{why.strerror}: {why.filename}" if isinstance(why, OSError) else str(why)
    typer.echo(f"crossing chip verify: {' '.join(message.split())}", err=True)
    raise typer.Exit(2)


def _files(folder: Path) -> dict[ChipFile, bytes]:
    found: dict[ChipFile, bytes] = {}
    for path in sorted(folder.iterdir()):
        file = file_of(path.stem) or file_of(path.name)
        if file is None:
            continue
        if file in found:
            raise _Unusable(f"{folder}: two files for {_name(file)}")
        found[file] = _content(path)
    if not found:
        raise _Unusable(f"{folder}: none of a chip's files is here")
    return found


def _content(path: Path) -> bytes:
    """Raises also where opening it would wait for a writer, or find nothing."""
    if not stat.S_ISREG((status := path.stat()).st_mode):
        raise _Unusable(f"{path}: not a file")
    if status.st_size > MAX_BYTES:
        raise _Unusable(f"{path}: too large")
    return path.read_bytes()


def _trust_store(lists: Sequence[Path], crls: Sequence[Path]) -> TrustStore | None:
    if crls and not lists:
        raise _Unusable("--crl needs --trust: a revocation list is believed where its State's certificate is trusted")
    if not lists:
        return None
    certificates: list[bytes] = []
    versions: list[str] = []
    dates: list[datetime] = []
    # Each once, however often and under whatever name it was given.
    contents = {content: path for path, content in ((path, _content(path)) for path in reversed(lists))}
    for content, path in reversed(contents.items()):
        try:
            found = der_blocks(content)
            certificates += [load_certificate(one).der for one in found]
            versions.append(path.name)
        except CertificateDamaged:
            master_list = _master_list(path, content)
            certificates += master_list.certificates
            versions.append(master_list.version)
            dates += [master_list.issued_at] if master_list.issued_at else []
    revoked = [one for path in crls for one in _crls(path)]
    # The oldest list decides how old all of them are.
    return TrustStore(certificates, version=" ".join(versions), as_of=min(dates, default=None), crls=revoked)


def _master_list(path: Path, content: bytes) -> MasterList:
    try:
        return read_master_list(content)
    except MasterListDamaged as damaged:
        raise _Unusable(f"{path}: neither certificates nor a master list ({damaged.params['detail']})") from damaged


def _crls(path: Path) -> Iterator[bytes]:
    try:
        found = der_blocks(_content(path))
    except CertificateDamaged:
        found = ()
    if not found or any(read_crl(one) is None for one in found):
        raise _Unusable(f"{path}: not a revocation list")
    yield from found


def _as_object(reading: ChipReading, store: TrustStore | None) -> dict[str, Any]:
    groups = {_name(file): _one(result) for file, result in reading.data_groups.items() if file is not ChipFile.COM}
    index = reading.data_groups.get(ChipFile.COM)
    as_of = store.as_of if store else None
    portrait = reading.portrait
    return {
        **{part.value: _one(result) for part, result in reading.parts.items()},
        "com": _one(index) if index else None,
        "data_groups": groups,
        "mrz": MrzView.of(reading.mrz).model_dump(mode="json") if reading.mrz else None,
        "portrait": portrait
        and {"media_type": portrait.media_type, "width": portrait.image.shape[1], "height": portrait.image.shape[0]},
        "fields": reading.fields,
        "signer": reading.signer or None,
        "trust": {
            "version": store.version if store else None,
            "as_of": as_of.isoformat() if as_of else None,
            "certificates": len(store) if store else 0,
        },
    }


def _one(result: PartResult) -> dict[str, str]:
    return {"status": result.verdict.value, "reason": str(result.reason)}


def _rows(reading: ChipReading, store: TrustStore | None) -> Iterator[str]:
    results = {_name(file): result for file, result in reading.data_groups.items()}
    for part, result in reading.parts.items():
        results["SOD" if part is ChipPart.SOD else part.value.replace("_", " ")] = result
    width = max(map(len, results))
    for name, result in results.items():
        sentence = SENTENCES[Reason(result.reason)] if result.reason else ""
        yield f"{name:<{width}}  {result.verdict.value.replace('_', ' '):<11}  {sentence}".rstrip()
    if reading.signer:
        yield f"{'signer':<{width}}  {reading.signer}"
    if store is not None:
        dated = f" of {store.as_of:%Y-%m-%d}" if store.as_of else ""
        yield f"{'trust':<{width}}  {store.version}{dated}, {len(store)} certificates"


def _name(file: ChipFile) -> str:
    return file.value.upper().replace("_", " ")
