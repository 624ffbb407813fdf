"""The published UN and OFAC lists, from a folder that holds them as downloaded."""

import io
import zipfile
from pathlib import Path
from typing import Final

from crossing.screening.lists.contents import ListContents
from crossing.screening.lists.formats import ofac_sdn, un_xml

_UN: Final = "UN_consolidated.xml"
_OFAC: Final = ("sdn.csv", "alt.csv")
_OFAC_MORE: Final = "sdn_comments.csv"


def published_lists(folder: Path) -> dict[str, ListContents]:
    """By their short names; only those that are there."""
    found: dict[str, ListContents] = {}
    if (folder / _UN).is_file():
        found["UN"] = un_xml.read((folder / _UN).read_bytes())
    if all((folder / name).is_file() for name in _OFAC):
        found["OFAC"] = ofac_sdn.read(_zipped([folder / name for name in (*_OFAC, _OFAC_MORE)]))
    return found


def _zipped(files: list[Path]) -> bytes:
    """OFAC publishes several files; its format takes them in one."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            if file.is_file():
                archive.write(file, file.name)
    return content.getvalue()
