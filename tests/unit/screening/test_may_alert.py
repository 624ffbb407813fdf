"""Whom the name check leaves out before names are compared closely: nobody who could have alerted."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.screening import verdicts
from crossing.screening.asked_names import ask_names
from crossing.screening.listed import ListIndex
from crossing.screening.lists.views import SealState
from crossing.screening.names.agreement import agreement
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.index import ListedName, NameAnswer, NameIndex
from crossing.screening.names.spelling import spell
from crossing.screening.persons import IndexedPerson, ListedPersons, Orders
from crossing.screening.schemas import CheckKind, Subject, SubjectName

TODAY = date(2026, 9, 1)
NAMES = [
    "Mamadou Diallo", "Mohamed Jallow", "Abdoul Karim Sow", "Yacouba Seydou", "Fatoumata Diallo",
    "Diallo Mamadou Saliou Kaboré", "Diallo Mamadou Saliou Boubacar", "Diallo Boubacar Mamadou Salio",
]  # fmt: skip
DATES = ["1980-05-03", "1980-03-05", "1980-01-01", "1980", "1981-05-03", "1981", "1950-12-31", "1983-05-03"]

dates = st.sampled_from(DATES).map(PartialDate.parse)
births = st.one_of(
    dates.map(ListedBirth.exact),
    dates.map(ListedBirth.approximate),
    st.just(ListedBirth.between(PartialDate(1970), PartialDate(1985))),
)
ends = st.none() | st.sampled_from([date(2026, 8, 31), TODAY])
persons = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.lists(births, max_size=2),
        st.sampled_from(["M", "F", ""]),
        st.sampled_from([(), ("MLI",)]),
        ends,
    ),
    max_size=8,
)
subjects = st.builds(
    lambda names, birth, sex, nationality: Subject(
        names=tuple(SubjectName(surname="", given_names=name, truncated=cut) for name, cut in names),
        birth=birth,
        sex=sex,
        nationality=nationality,
    ),
    st.lists(st.tuples(st.sampled_from(NAMES), st.booleans()), min_size=1, max_size=2, unique=True),
    st.none() | dates,
    st.sampled_from(["M", "F", ""]),
    st.sampled_from(["MLI", "FRA", ""]),
)


def list_of(drawn: list[tuple[str, list[ListedBirth], str, tuple[str, ...], date | None]]) -> ListIndex:
    listed = ListedPersons.of(
        IndexedPerson(
            UUID(int=place + 1),
            str(place),
            name,
            tuple(born),
            sex,
            nationalities,
            None,
            Orders("", "", "", "", None, expires_on),
        )
        for place, (name, born, sex, nationalities, expires_on) in enumerate(drawn)
    )
    return ListIndex(
        code="national",
        name="National",
        format="national_persons",
        version=1,
        as_of=datetime(2026, 8, 1, tzinfo=UTC),
        max_age_days=None,
        covers=frozenset({CheckKind.NAME_LIST}),
        persons=listed,
        names=NameIndex.of(
            ListedName(place, False, False, "", name, born) for place, (name, born, *_) in enumerate(drawn)
        ),
        seal=SealState.WHOLE,
    )


def alerting(subject: Subject, listed: ListIndex, *, leaving_out: bool) -> list[tuple[object, ...]]:
    answers = [one.answer for one in ask_names(subject, listed, TODAY)] if leaving_out else everybody(subject, listed)
    found = [match for answer in answers for match in answer.matches]
    made = [(match.name.person, verdicts.on_person(subject, listed, match, TODAY)) for match in found]
    told = [(place, one.outcome, one.hit.model_dump(exclude={"hit_id"})) for place, one in made if one is not None]
    return sorted(told, key=repr)


def everybody(subject: Subject, listed: ListIndex) -> list[NameAnswer]:
    return [
        listed.names.ask(spell(name.surname, name.given_names), subject.birth, truncated=name.truncated)
        for name in subject.names
    ]


@given(persons, subjects)
def test_the_verdicts_are_those_of_a_check_that_leaves_nobody_out(
    drawn: list[tuple[str, list[ListedBirth], str, tuple[str, ...], date | None]], subject: Subject
) -> None:
    listed = list_of(drawn)
    assert alerting(subject, listed, leaving_out=True) == alerting(subject, listed, leaving_out=False)


def test_where_one_name_is_cut_the_end_of_every_name_is_forgiven() -> None:
    """A machine-readable zone is cut, and what is printed beside it in another order is not."""
    cut = SubjectName(surname="DIALLO", given_names="BOUBACAR MAMADOU SALIO", truncated=True)
    printed = SubjectName(surname="Diallo", given_names="Mamadou Saliou Boubacar")
    subject = Subject(names=(cut, printed), birth=PartialDate.parse("1980-05-03"), sex="M", nationality="MLI")
    born = [ListedBirth.exact(PartialDate.parse("1980"))]
    listed = list_of([("Diallo Mamadou Saliou Kaboré", born, "M", ("MLI",), None)])
    assert [place for place, *_ in alerting(subject, listed, leaving_out=True)] == [0]


@given(persons)
def test_births_and_ends_are_told_without_the_whole_person(
    drawn: list[tuple[str, list[ListedBirth], str, tuple[str, ...], date | None]],
) -> None:
    listed = list_of(drawn).persons
    # In two steps, as a list's next version makes it.
    listed = listed.changed([0] if drawn else [], [])
    for place, (_, born, _, _, expires_on) in enumerate(drawn):
        assert listed.births(place) == tuple(born) == listed[place].births
        assert listed.counts_on(place, TODAY) is (expires_on is None or expires_on >= TODAY)


@given(persons, persons, st.sampled_from(["M", "F", ""]), st.sampled_from(["MLI", "FRA", ""]))
def test_agreement_is_told_of_many_as_of_each(
    drawn: list[tuple[str, list[ListedBirth], str, tuple[str, ...], date | None]],
    more: list[tuple[str, list[ListedBirth], str, tuple[str, ...], date | None]],
    sex: str,
    nationality: str,
) -> None:
    listed = list_of(drawn).persons
    # Whoever comes with a list's next version is kept beside those before.
    listed = listed.changed([], [replace(one, id=UUID(int=one.id.int + 100)) for one in list_of(more).persons])
    places = np.arange(len(drawn) + len(more), dtype=np.uint32)[::-1]
    expected = [
        agreement(nationality, listed[place].nationalities, (sex, listed[place].sex)) for place in places.tolist()
    ]
    for _ in range(2):
        assert listed.agreement(nationality, sex)(places).tolist() == expected
