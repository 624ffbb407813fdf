"""What a post reads documents, chips and faces with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crossing.documents.service import DocumentReader
from crossing.faces.engines.base import FaceEngine
from crossing.platform.clock import Clock
from crossing.platform.settings import PostSettings
from crossing.posts.device_client import DeviceClient

if TYPE_CHECKING:
    from crossing.documents.chip.service import ChipExaminer
    from crossing.documents.chip.trust import TrustStore


@dataclass(slots=True)
class PostParts:
    """What a test may put in the place of the real thing; None means the real thing, from the settings."""

    clock: Clock | None = None
    reader: DocumentReader | None = None
    face_engine: FaceEngine | None = None
    former_face_engine: FaceEngine | None = None
    devices: DeviceClient | None = None
    chips: "ChipExaminer | None" = None


def document_reader_of(settings: PostSettings) -> DocumentReader:
    from crossing.documents.default import document_reader  # noqa: PLC0415 - only a post carries its networks

    return document_reader(threads=settings.recognition_threads)


def chip_examiner_of(trust: Callable[[], "TrustStore | None"]) -> "ChipExaminer":
    from crossing.documents.chip.service import ChipExaminer  # noqa: PLC0415 - only a post reads chips

    return ChipExaminer(trust)


def device_client_of(settings: PostSettings) -> DeviceClient | None:
    token = settings.agent_token.get_secret_value() if settings.agent_token else None
    if settings.agent_token_file is not None:
        token = settings.agent_token_file.read_text().strip()
    if settings.agent_url is None or token is None:
        return None
    return DeviceClient(settings.agent_url, token)
