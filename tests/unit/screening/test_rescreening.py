"""What is worth asking again: what the lists of now may answer otherwise than was answered."""

from datetime import UTC, datetime

import pytest

from crossing.screening.rescreening import Served, outdated
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason

NOW = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)
NAMES, FACES = CheckKind.NAME_LIST, CheckKind.FACE_LIST


def served(
    version: int = 2, changed_in: int = 2, *, ready: bool = True, kinds: frozenset[CheckKind] | None = None
) -> Served:
    return Served(version, changed_in, kinds or frozenset({NAMES, FACES}), faces_ready=ready)


def clear(kind: CheckKind = NAMES, version: int = 1, source: str = "national") -> CheckResult:
    return CheckResult(
        kind=kind, outcome=CheckOutcome.CLEAR, source=source, source_version=str(version), performed_at=NOW
    )


def unchecked(reason: Reason, kind: CheckKind = NAMES, source: str = "", version: str = "") -> CheckResult:
    return CheckResult(
        kind=kind,
        outcome=CheckOutcome.NOT_CHECKED,
        reason=reason,
        source=source,
        source_version=version,
        performed_at=NOW,
    )


def test_an_older_version_is_asked_again_only_where_a_later_one_brought_something() -> None:
    assert outdated([clear()], {"national": served(2, changed_in=2)}) == {NAMES}
    assert outdated([clear()], {"national": served(2, changed_in=1)}) == set()
    assert outdated([clear(version=2)], {"national": served(2, changed_in=2)}) == set()


def test_a_list_that_is_new_is_asked_by_those_who_were_asked_of_others() -> None:
    lists = {"national": served(1, 1), "un": served(1, 1)}
    assert outdated([clear()], lists) == {NAMES}
    assert outdated([clear(), clear(source="un")], lists) == set()


@pytest.mark.parametrize("reason", [Reason.NO_LIST, Reason.TIMEOUT, Reason.ENGINE_FAILED])
def test_what_this_machine_could_not_answer_is_asked_again(reason: Reason) -> None:
    assert outdated([unchecked(reason)], {"national": served()}) == {NAMES}
    assert outdated([unchecked(reason)], {}) == set()


@pytest.mark.parametrize("reason", [Reason.NO_NAME, Reason.NO_DOCUMENT, Reason.NO_FACE, Reason.PORTRAIT_EXCEPTION])
def test_with_nothing_to_ask_with_no_list_changes_anything(reason: Reason) -> None:
    assert outdated([unchecked(reason)], {"national": served()}) == set()


def test_a_list_too_old_or_damaged_is_asked_again_once_there_is_another_version() -> None:
    for reason in (Reason.LIST_EXPIRED, Reason.LIST_NOT_WHOLE):
        answer = unchecked(reason, source="national", version="1")
        assert outdated([answer], {"national": served(1, 1)}) == set()
        assert outdated([answer], {"national": served(2, 1)}) == {NAMES}


@pytest.mark.parametrize("reason", [Reason.LIST_NOT_LOADED, Reason.LIST_FORMAT_UNKNOWN])
def test_a_list_that_could_not_be_asked_at_all_is_asked_once_it_can(reason: Reason) -> None:
    assert outdated([unchecked(reason, source="national")], {}) == set()
    assert outdated([unchecked(reason, source="national")], {"national": served(1, 1)}) == {NAMES}
    answer = unchecked(reason, source="national", version="1")
    assert outdated([answer], {"national": served(1, 1)}) == set()
    assert outdated([answer], {"national": served(2, 2)}) == {NAMES}


@pytest.mark.parametrize("reason", [Reason.NAME_TOO_COMMON, Reason.NAME_TOO_LONG])
def test_a_name_that_was_looked_for_in_part_is_looked_for_among_what_is_new(reason: Reason) -> None:
    answer = unchecked(reason, source="national", version="1")
    assert outdated([answer], {"national": served(2, changed_in=2)}) == {NAMES}
    assert outdated([answer], {"national": served(2, changed_in=1)}) == set()


def test_faces_wait_until_every_portrait_can_be_compared() -> None:
    answer = unchecked(Reason.FACES_NOT_READY, FACES, source="national", version="1")
    assert outdated([answer], {"national": served(1, 1, ready=False)}) == set()
    assert outdated([answer], {"national": served(1, 1)}) == {FACES}


def test_a_list_without_this_kind_of_entry_says_nothing_new() -> None:
    documents = frozenset({CheckKind.DOCUMENT_LIST})
    assert outdated([unchecked(Reason.NO_LIST)], {"stolen": served(kinds=documents)}) == set()


def test_a_kind_that_was_never_asked_is_being_asked() -> None:
    assert outdated([], {"national": served()}) == set()
