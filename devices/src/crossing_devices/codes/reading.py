"""The codes in one picture, as the contract tells them."""

import json
from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

MEDIA_TYPE: Final = "application/vnd.crossing.codes+json"
MAX_CODES: Final = 16
MAX_TEXT_BYTES: Final = 4096
# What is printed on documents and passes. Symbologies without a check digit (ITF, Codabar) read codes out of texture.
_SYMBOLOGIES: Final = {
    zxingcpp.QRCode: "qr_code",
    zxingcpp.PDF417: "pdf417",
    zxingcpp.Aztec: "aztec",
    zxingcpp.DataMatrix: "data_matrix",
    zxingcpp.Code128: "code_128",
    zxingcpp.Code39: "code_39",
}
_FORMATS: Final = zxingcpp.BarcodeFormats(list(_SYMBOLOGIES))


def codes_in(picture: npt.NDArray[np.uint8], degrees: float = 0.0) -> list[dict[str, str]]:
    """The codes in a picture (height x width x 3, BGR), each once: ``{"symbology": "qr_code", "text": "..."}``.

    ``degrees`` turns the picture first: PDF417 is found only up to about 4 degrees from a right angle. At most 16
    codes. A text of more than 4 kB is left out, for half a code says something else than the whole one.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    if degrees:
        height, width = grey.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        grey = cv2.warpAffine(grey, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    found = zxingcpp.read_barcodes(grey, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain)
    once = list(dict.fromkeys(_told(found)))
    return [{"symbology": symbology, "text": text} for symbology, text in once[:MAX_CODES]]


def _told(found: Sequence[Any]) -> list[tuple[str, str]]:
    told = ((_SYMBOLOGIES.get(code.symbology, ""), code.text) for code in found if code.valid)
    return [(symbology, text) for symbology, text in told if symbology and 0 < len(text.encode()) <= MAX_TEXT_BYTES]


def as_content(codes: list[dict[str, str]]) -> bytes:
    return json.dumps({"codes": codes}, ensure_ascii=False).encode()
