"""What a copy is: its date, its databases, and the files that hold them, signed as a whole by whoever made it.

The file ``manifest.json`` of a copy's folder points to all others, which are named for their digests and never
change. So a copy is replaced by replacing this one file: whoever reads sees the old copy or the new one.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from crossing.platform.files import write_durably
from crossing.ports.bridge import Database
from interpol_bridge.backends.offline_copy.errors import CopyForeign, CopyKeyWrong, CopyMissing, CopyUntrusted
from interpol_bridge.backends.offline_copy.keys import MakingKey, ReadingKey

NAME: Final = "manifest.json"
FORMAT_VERSION: Final = 1
MOST_LAYERS: Final = 16
"""Files of one database: a base and its deltas. Each costs a question some 30 microseconds."""

FILE_NAME: Final = r"[a-z]{3,10}-[0-9a-f]{32}\.(?:docset|persons)"

_LONGEST: Final = 1024 * 1024


class _Signed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CopyFile(_Signed):
    """``digest`` stands for every byte: SHA-256 of a file of persons, or of the header of a set of documents, which
    vouches for the rest. ``size`` in bytes."""

    name: Annotated[str, Field(pattern=f"^{FILE_NAME}$")]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(gt=0)]


class Holding(_Signed):
    """One database: its base, then its deltas, oldest first. ``records`` is an upper bound where deltas take out."""

    files: Annotated[tuple[CopyFile, ...], Field(min_length=1, max_length=MOST_LAYERS)]
    records: Annotated[int, Field(ge=0)]


class Manifest(_Signed):
    """``as_of`` is the date of the source, whenever the copy was made of it. ``follows`` is the digest of the copy
    that a delta is laid over, empty for a whole copy. ``content_check`` tells the content secret."""

    format_version: Literal[1] = 1
    as_of: AwareDatetime
    made_at: AwareDatetime
    follows: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    content_check: str
    databases: dict[Database, Holding]

    @property
    def files(self) -> tuple[CopyFile, ...]:
        return tuple(file for holding in self.databases.values() for file in holding.files)


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """A manifest with the very text that was signed."""

    manifest: Manifest
    text: str
    signature: bytes

    @classmethod
    def of(cls, manifest: Manifest, key: MakingKey) -> Self:
        text = manifest.model_dump_json()
        return cls(manifest, text, key.sign(text.encode()))

    @classmethod
    def read(cls, folder: Path, key: ReadingKey) -> Self:
        """The manifest of a copy's folder.

        Raises ``OSError``, CopyMissing, CopyForeign, CopyUntrusted and CopyKeyWrong.
        """
        try:
            with (folder / NAME).open("rb") as file:
                content = file.read(_LONGEST + 1)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise CopyMissing(f"There is no copy in {folder}.") from error
        if len(content) > _LONGEST:
            raise CopyForeign(f"{folder} holds no copy: its {NAME} is too long.")
        text, signature = _parted(content, folder)
        if not key.has_signed(text.encode(), signature):
            raise CopyUntrusted(
                f"The copy in {folder} is not signed with the key that this bridge takes copies from."
            )
        manifest = _understood(text, folder)
        if manifest.content_check != key.check:
            raise CopyKeyWrong(f"The copy in {folder} was made with another content secret; get its reading key.")
        return cls(manifest, text, signature)

    def write(self, folder: Path) -> None:
        """Put it in place of the one before, durably and at once."""
        content = json.dumps({"manifest": self.text, "signature": self.signature.hex()})
        write_durably(folder / NAME, content.encode())

    @property
    def digest(self) -> str:
        """Stands for the whole copy; a delta names it."""
        return sha256(self.text.encode()).hexdigest()


def as_of_day(text: str) -> datetime:
    """A date, or a time with its zone. A date alone is its first moment: a copy is never younger than it says.

    Raises ``ValueError``.
    """
    when = datetime.fromisoformat(text)
    if when.tzinfo is None and (when.hour or when.minute or "T" in text):
        raise ValueError("a time needs its zone")
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _parted(content: bytes, folder: Path) -> tuple[str, bytes]:
    try:
        said = json.loads(content)
        text, signature = said["manifest"], bytes.fromhex(said["signature"])
        text.encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CopyForeign(f"{folder} holds no copy: its {NAME} can't be read.") from error
    return text, signature


def _understood(text: str, folder: Path) -> Manifest:
    """Signed by the maker, so it was right once: what is not understood is of a later version."""
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise CopyForeign(f"The copy in {folder} is of a format that this program does not know.") from error
