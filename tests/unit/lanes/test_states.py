"""The way of one traveller through the desk: what may happen when, as a table and under random use."""

from itertools import product

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crossing.lanes.errors import StepNotAllowed
from crossing.lanes.schemas import SessionState
from crossing.lanes.states import LIVE, Step, after, allowed

OPEN, CHECKED, REFERRED, DECIDED, ABANDONED = SessionState

WAYS = {
    (OPEN, Step.TAKE_EVIDENCE): OPEN,
    (OPEN, Step.ANSWER_CHECKS): CHECKED,
    (OPEN, Step.ANSWER_LATER): OPEN,
    (OPEN, Step.CONFIRM): OPEN,
    (OPEN, Step.JUDGE): OPEN,
    (OPEN, Step.ABANDON): ABANDONED,
    (CHECKED, Step.TAKE_EVIDENCE): OPEN,
    (CHECKED, Step.ANSWER_CHECKS): CHECKED,
    (CHECKED, Step.ANSWER_LATER): CHECKED,
    (CHECKED, Step.CONFIRM): CHECKED,
    (CHECKED, Step.JUDGE): CHECKED,
    (CHECKED, Step.REFER): REFERRED,
    (CHECKED, Step.DECIDE): DECIDED,
    (CHECKED, Step.ABANDON): ABANDONED,
    (REFERRED, Step.ANSWER_CHECKS): REFERRED,
    (REFERRED, Step.ANSWER_LATER): REFERRED,
    (REFERRED, Step.RESOLVE): DECIDED,
}


@pytest.mark.parametrize(("state", "step"), list(product(SessionState, Step)))
def test_every_step_in_every_state(state: SessionState, step: Step) -> None:
    expected = WAYS.get((state, step))
    assert allowed(state, step) == (expected is not None)
    if expected is not None:
        assert after(state, step) is expected
    else:
        with pytest.raises(StepNotAllowed) as refused:
            after(state, step)
        assert refused.value.params == {"state": state.value}


def test_a_lane_is_taken_while_its_traveller_stands_at_the_desk() -> None:
    assert set(LIVE) == {OPEN, CHECKED}


@pytest.mark.parametrize("state", [DECIDED, ABANDONED])
def test_what_has_ended_has_ended(state: SessionState) -> None:
    assert not any(allowed(state, step) for step in Step)


class Desk(RuleBasedStateMachine):
    """A session under any sequence of steps, beside what an officer would say of it."""

    def __init__(self) -> None:
        super().__init__()
        self.state = OPEN
        self.evidence = 0
        self.evidence_checked: int | None = None
        self.decisions = 0
        self.referred = False

    def take(self, step: Step) -> bool:
        try:
            self.state = after(self.state, step)
        except StepNotAllowed:
            return False
        return True

    @rule()
    def new_evidence(self) -> None:
        if self.take(Step.TAKE_EVIDENCE):
            self.evidence += 1

    @rule()
    def local_checks_answered(self) -> None:
        if self.take(Step.ANSWER_CHECKS) and self.state is CHECKED:
            self.evidence_checked = self.evidence

    @rule()
    def bridge_answered(self) -> None:
        self.take(Step.ANSWER_LATER)

    @rule()
    def refer(self) -> None:
        self.referred = self.take(Step.REFER) or self.referred

    @rule()
    def decide(self) -> None:
        if self.take(Step.DECIDE):
            self.decisions += 1
            assert not self.referred, "only the second line decides on who was referred"

    @precondition(lambda self: self.referred)
    @rule()
    def resolve(self) -> None:
        self.decisions += self.take(Step.RESOLVE)

    @rule()
    def abandon(self) -> None:
        self.take(Step.ABANDON)

    @invariant()
    def there_is_one_decision_at_most(self) -> None:
        assert self.decisions <= 1
        assert (self.decisions == 1) == (self.state is DECIDED)

    @invariant()
    def nobody_is_decided_on_whose_newest_evidence_was_not_checked(self) -> None:
        if allowed(self.state, Step.DECIDE) or self.state in (REFERRED, DECIDED):
            assert self.evidence_checked == self.evidence

    @invariant()
    def an_ended_session_takes_nothing(self) -> None:
        if self.state in (DECIDED, ABANDONED):
            assert not any(allowed(self.state, step) for step in Step)


Desk.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestDesk = Desk.TestCase
