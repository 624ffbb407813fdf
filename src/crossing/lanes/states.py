"""The way of one traveller through the desk, as a table: what may happen when, and what comes of it."""

from enum import StrEnum

from crossing.lanes.errors import StepNotAllowed
from crossing.lanes.schemas import SessionState


class Step(StrEnum):
    """Everything that can happen to a session.

    ``CONFIRM``: the officer compared an unsure reading with the page. ``JUDGE``: the first line compared two faces.

    ``ANSWER_CHECKS``: every local check of what is there now has its answer. ``ANSWER_LATER``: INTERPOL's came,
    which says nothing about whether the local ones have.
    """

    TAKE_EVIDENCE = "take_evidence"
    ANSWER_CHECKS = "answer_checks"
    ANSWER_LATER = "answer_later"
    CONFIRM = "confirm"
    JUDGE = "judge"
    REFER = "refer"
    DECIDE = "decide"
    RESOLVE = "resolve"
    ABANDON = "abandon"


_TABLE: dict[tuple[SessionState, Step], SessionState] = {
    (SessionState.OPEN, Step.TAKE_EVIDENCE): SessionState.OPEN,
    (SessionState.OPEN, Step.ANSWER_CHECKS): SessionState.CHECKED,
    (SessionState.OPEN, Step.ANSWER_LATER): SessionState.OPEN,
    (SessionState.OPEN, Step.CONFIRM): SessionState.OPEN,
    (SessionState.OPEN, Step.JUDGE): SessionState.OPEN,
    (SessionState.OPEN, Step.ABANDON): SessionState.ABANDONED,
    (SessionState.CHECKED, Step.TAKE_EVIDENCE): SessionState.OPEN,
    (SessionState.CHECKED, Step.ANSWER_CHECKS): SessionState.CHECKED,
    (SessionState.CHECKED, Step.ANSWER_LATER): SessionState.CHECKED,
    (SessionState.CHECKED, Step.CONFIRM): SessionState.CHECKED,
    (SessionState.CHECKED, Step.JUDGE): SessionState.CHECKED,
    (SessionState.CHECKED, Step.REFER): SessionState.REFERRED,
    (SessionState.CHECKED, Step.DECIDE): SessionState.DECIDED,
    (SessionState.CHECKED, Step.ABANDON): SessionState.ABANDONED,
    # A late answer of the bridge belongs to the traveller who waits; it changes nothing of where they are.
    (SessionState.REFERRED, Step.ANSWER_CHECKS): SessionState.REFERRED,
    (SessionState.REFERRED, Step.ANSWER_LATER): SessionState.REFERRED,
    (SessionState.REFERRED, Step.RESOLVE): SessionState.DECIDED,
}

LIVE = (SessionState.OPEN, SessionState.CHECKED)
"""The traveller stands at the desk; the lane can take no other. Referred ones wait elsewhere."""

UNDECIDED = (*LIVE, SessionState.REFERRED)
"""Nobody has decided yet, and nobody has gone."""


def after(state: SessionState, step: Step) -> SessionState:
    """The state that ``step`` leads to. Raises :class:`StepNotAllowed` where the table has no such way."""
    try:
        return _TABLE[state, step]
    except KeyError:
        raise StepNotAllowed(state=state.value) from None


def allowed(state: SessionState, step: Step) -> bool:
    return (state, step) in _TABLE
