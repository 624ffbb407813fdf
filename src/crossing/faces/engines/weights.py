"""The files of weights that set-up fetches, and the bytes that they must be.

A network that somebody has exchanged would go on making templates, under the old one's name and thresholds.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from crossing.faces.errors import FaceModelInvalid, FaceModelsMissing

YUNET: Final = "face_detection_yunet_2023mar.onnx"
SFACE: Final = "face_recognition_sface_2021dec.onnx"

SHA256: Final[Mapping[str, str]] = MappingProxyType(
    {
        YUNET: "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
        SFACE: "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
    }
)
"""As ``tools/fetch_models.py`` has them too, which imports nothing; a test holds both lists equal."""


def weights(models: Path, name: str) -> bytes:
    """The file ``name`` of :data:`SHA256` in ``models``.

    Raises :class:`FaceModelsMissing` where it is absent and :class:`FaceModelInvalid` where it is another one.
    """
    try:
        content = (models / name).read_bytes()
    except FileNotFoundError as absent:
        raise FaceModelsMissing(what=name) from absent
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise FaceModelInvalid(what=name, why="SHA-256")
    return content
