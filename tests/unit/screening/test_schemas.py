"""What a result may say, and how its reasons read."""

import re
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from crossing.ports.bridge import FraudType, NotCheckedReason
from crossing.screening.documents import DocumentLikeness
from crossing.screening.names.alignment import Likeness
from crossing.screening.names.births import Relation
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Explanation, HitDetail, Reason, Subject
from crossing.screening.words import EXPLANATIONS

NOW = datetime(2031, 3, 1, tzinfo=UTC)
HIT = HitDetail(list_name="National", entry_reference="N-1", label="DIALLO Mamadou", score=1)


@pytest.mark.parametrize(
    ("outcome", "reason", "hits"),
    [
        (CheckOutcome.NOT_CHECKED, None, ()),
        (CheckOutcome.CLEAR, Reason.TIMEOUT, ()),
        (CheckOutcome.CLEAR, None, (HIT,)),
        (CheckOutcome.NOT_CHECKED, Reason.TIMEOUT, (HIT,)),
    ],
)
def test_a_result_that_contradicts_itself_can_not_be_made(
    outcome: CheckOutcome, reason: Reason | None, hits: tuple[HitDetail, ...]
) -> None:
    with pytest.raises(ValidationError):
        CheckResult(kind=CheckKind.NAME_LIST, outcome=outcome, reason=reason, performed_at=NOW, hits=hits)


def test_a_clear_face_check_may_say_what_it_could_not_compare_and_names_nobody_on_the_list() -> None:
    remark = HIT.model_copy(update={"entry_reference": "", "label": "National"})
    said = CheckResult(kind=CheckKind.FACE_LIST, outcome=CheckOutcome.CLEAR, performed_at=NOW, hits=(remark,))
    assert not said.alerts
    with pytest.raises(ValidationError):
        CheckResult(kind=CheckKind.FACE_LIST, outcome=CheckOutcome.CLEAR, performed_at=NOW, hits=(HIT,))


def test_every_check_and_every_reason_has_words() -> None:
    assert all(kind.label for kind in CheckKind)
    assert all(reason.sentence for reason in Reason)


def test_every_reason_of_the_bridge_is_a_reason() -> None:
    assert all(Reason(said.value) for said in NotCheckedReason)


def test_every_likeness_relation_and_fraud_has_words() -> None:
    codes = [*Likeness, *Relation, *DocumentLikeness, *(f"fraud_{fraud.value}" for fraud in FraudType)]
    assert not [code for code in codes if code not in EXPLANATIONS]


def test_an_explanation_reads_as_a_sentence_in_the_readers_language() -> None:
    said = Explanation(code="birth_same", params={"listed": "1980-05-03"})
    assert said.text() == "The date of birth is the same: 1980-05-03"
    french = {"The date of birth is the same: {listed}": "La date de naissance est la même : {listed}"}
    assert said.text(french.__getitem__) == "La date de naissance est la même : 1980-05-03"


def test_an_explanation_of_a_later_version_shows_its_code() -> None:
    assert Explanation(code="something_new").text() == "something_new"


def test_places_in_sentences_are_named() -> None:
    assert all(name for message in EXPLANATIONS.values() for name in re.findall(r"{(.*?)}", message))


def test_a_subject_survives_being_kept_as_json() -> None:
    subject = Subject.model_validate(
        {"names": [{"surname": "Diallo", "truncated": True}], "birth": "1980-05", "sex": "F"}
    )
    assert Subject.model_validate_json(subject.model_dump_json()) == subject
