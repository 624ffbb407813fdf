"""What replication speaks over HTTP, beside the batch itself (wire.py)."""

from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from crossing.replication.events import Lane, MachineRef
from crossing.replication.inbox import EpochHead, Hello

INSTANCE_HEADER: Final = "Crossing-Instance"
OFFSET_HEADER: Final = "Upload-Offset"
LENGTH_HEADER: Final = "Upload-Length"
RECEIVED_AT_HEADER: Final = "Crossing-Received-At"
SIGNATURE_HEADER: Final = "Crossing-Signature"
MAX_LINEAGE: Final = 200

Instance = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Epoch = Annotated[int, Field(ge=1, le=2**31 - 1)]
Sequence = Annotated[int, Field(ge=0, le=2**53)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HeadIn(_Strict):
    epoch: Epoch
    last_sequence: Sequence
    last_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class HelloIn(_Strict):
    """A sender's introduction; ``heads`` are the ends of the epochs in its outbox, the present one among them."""

    post: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    machine: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    epoch: Epoch
    instance: Instance
    lineage: Annotated[list[Instance], Field(max_length=MAX_LINEAGE)] = []
    heads: Annotated[list[HeadIn], Field(max_length=100)]

    def hello(self) -> Hello:
        heads = tuple(EpochHead(head.epoch, head.last_sequence, bytes.fromhex(head.last_hash)) for head in self.heads)
        return Hello(MachineRef(self.post, self.machine), self.epoch, self.instance, tuple(self.lineage), heads)


class KnownOut(_Strict):
    epoch: int
    watermark: int
    beyond: int


class HelloOut(_Strict):
    epochs: list[KnownOut]


class EventsOut(_Strict):
    """``verdicts`` in the order of the batch, each an outcome or ``outcome:reason``; ``signature`` in base64 over the
    receipt, which the post builds from its own events."""

    received_at: str
    watermark: int
    verdicts: list[str]
    signature: str


class LaneStatus(_Strict):
    """What waits in a lane. ``oldest_at`` is by the post's own clock; ``set_aside`` is what the capital refuses."""

    lane: Lane
    events: int
    blobs: int
    blob_bytes: int
    set_aside: int
    oldest_at: AwareDatetime | None


class SenderStatusOut(_Strict):
    """``state`` is a ``SenderState``; ``problem`` a code where something is wrong."""

    state: str
    problem: str | None
    last_success_at: AwareDatetime | None
    next_attempt_in_s: float | None
    watermark: int
    bytes_per_second: int | None


class FeedStatusOut(_Strict):
    """What this post has of the capital's feed. ``state`` is a ``PullState``; ``problem`` a code where something is
    wrong. ``pulled_at`` is when nothing more was to be had, ``sequence`` up to where the feed was taken in,
    ``set_aside`` what could not be applied yet, ``diverged_at`` when the feed was last begun anew because the capital
    did not know what this post had pulled."""

    state: str
    problem: str | None
    pulled_at: AwareDatetime | None
    next_attempt_in_s: float | None
    sequence: int
    set_aside: int
    diverged_at: AwareDatetime | None


class PostStatus(_Strict):
    """A post's view: ``last_sequence`` is its history's end, ``sender.watermark`` up to where the capital has it;
    ``feed`` is the other direction."""

    post: str
    machine: str
    epoch: int
    last_sequence: int
    forks: int
    quarantined: int
    lanes: list[LaneStatus]
    sender: SenderStatusOut | None
    feed: FeedStatusOut | None


class MachineStatus(_Strict):
    """The capital's view of one machine and epoch; ``missing`` numbers lie between the watermark and the highest."""

    post: str
    machine: str
    epoch: int
    watermark: int
    highest: int
    missing: int
    quarantined: int
    forks: int
    blobs_awaited: int
    alarms: list[str]
    last_contact_at: AwareDatetime | None


class CapitalStatus(_Strict):
    machines: list[MachineStatus]
