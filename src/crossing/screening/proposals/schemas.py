"""What the API of entries made by hand speaks."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field

from crossing.platform.typed import Line
from crossing.screening.proposals.entry import Entry


class Change(StrEnum):
    ADD = "add"
    CHANGE = "change"
    END = "end"


class ProposalState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


Note = Annotated[Line, Field(max_length=500)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProposalIn(_Frozen):
    """``reference`` names the entry that is to be changed or ended; ``entry`` is what it is to be (not for an end).

    ``note`` says why, which a change and an end need. ``portrait`` is a picture as base64; without one an entry keeps
    the picture that it has, where ``entry.portrait_sha256`` still names it.
    """

    change: Change = Change.ADD
    reference: Annotated[Line, Field(max_length=64)] = ""
    entry: Entry | None = None
    note: Note = ""
    portrait: Base64Bytes | None = None


class DecisionIn(_Frozen):
    """``note`` says why, which a refusal needs."""

    note: Note = ""


class ProposalView(_Frozen):
    """A proposal with what the entry was before it and what it is to be after it; None: there is none.

    ``applied_in`` is the version of the list that has it. An approved proposal without one is still to be put into
    the list, which is tried again and again: ``trouble`` is the code of what kept it out, ``attempts`` how often.
    ``emptied``: the personal data of a refused or withdrawn proposal is gone.
    """

    id: UUID
    list_code: str
    number: int
    reference: str
    change: Change
    state: ProposalState
    before: Entry | None
    after: Entry | None
    note: str
    proposed_by: str
    proposed_at: AwareDatetime
    decided_by: str = ""
    decided_at: AwareDatetime | None = None
    decision_note: str = ""
    applied_in: int | None = None
    trouble: str = ""
    attempts: int = 0
    emptied: bool = False

    @property
    def waits_for_the_list(self) -> bool:
        return self.state is ProposalState.APPROVED and self.applied_in is None

    @property
    def subject(self) -> Entry | None:
        """The entry that it is about, as far as it is still known."""
        return self.after or self.before


class HandMadeEntry(_Frozen):
    """An approved entry. ``proposal_id`` is the proposal that it stands on."""

    reference: str
    proposal_id: UUID
    entry: Entry
    proposed_by: str
    approved_by: str
    approved_at: AwareDatetime
    applied_in: int | None
    pending: UUID | None = Field(None, description="A proposal to change or end it that waits for approval.")
