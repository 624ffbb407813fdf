"""An index that followed a list's changes answers as one made anew."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crossing.documents.dates import PartialDate
from crossing.screening.names import index
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.index import ListedName, NameIndex, lookup
from crossing.screening.names.spelling import spell

FEW = 2
"""In place of MAX_POSTINGS: with a dozen persons there are keys on both sides of it."""

MOST_PERSONS = 10
"""With two names each, so that every candidate comes through: twenty are compared closely."""

PARTS = ["Diallo", "Jallow", "Mamadou", "Mohamed", "Abdoul", "Karim", "Abdoulkarim"]
DATES = ["1980-05-03", "1980-03-05", "1980-01-01", "1980", "1981-05-03", "1950-12-31"]

names = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map(" ".join)
births = st.one_of(
    st.sampled_from(DATES).map(PartialDate.parse).map(ListedBirth.exact),
    st.just(ListedBirth.approximate(PartialDate(1982))),
    st.just(ListedBirth.between(PartialDate(1970), PartialDate(1985))),
)
persons = st.tuples(st.lists(names, min_size=1, max_size=2), st.lists(births, max_size=2))
questions = st.tuples(names, st.none() | st.sampled_from(DATES).map(PartialDate.parse), st.booleans())


class ChangedIndex(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.patched = pytest.MonkeyPatch()
        self.patched.setattr(lookup, "MAX_POSTINGS", FEW)
        # So few names would be merged with each change, and nothing were ever marked as gone.
        self.patched.setattr(index, "_GROWTH", 0)
        self.listed: dict[int, list[ListedName]] = {}
        self.places = 0
        self.index = NameIndex.of([])

    def teardown(self) -> None:
        self.patched.undo()

    @rule(came=st.lists(persons, max_size=5), data=st.data())
    def change(self, came: list[tuple[list[str], list[ListedBirth]]], data: st.DataObject) -> None:
        gone = data.draw(st.sets(st.sampled_from(sorted(self.listed)), max_size=3)) if self.listed else set()
        for place in gone:
            del self.listed[place]
        new = {}
        for spellings, born in came[: MOST_PERSONS - len(self.listed)]:
            new[self.places] = [
                ListedName(self.places, False, bool(number), "", one, born) for number, one in enumerate(spellings)
            ]
            self.places += 1
        self.listed |= new
        self.index = self.index.changed(gone, [one for mine in new.values() for one in mine])

    @rule(growth=st.sampled_from([0, 4]))
    def merge(self, growth: int) -> None:
        self.patched.setattr(index, "_GROWTH", growth)

    @precondition(lambda self: self.listed)
    @rule(question=questions)
    def ask(self, question: tuple[str, PartialDate | None, bool]) -> None:
        name, birth, truncated = question
        told = [
            {(one.person, one.written) for one in one_index.candidates(spell(name), birth, truncated=truncated)}
            for one_index in (self.index, self.anew())
        ]
        assert told[0] == told[1]

    @invariant()
    def knows_how_common_parts_are(self) -> None:
        anew = self.anew()
        assert (len(self.index), self.index.total()) == (len(anew), anew.total())
        for part in PARTS:
            key = spell(part).tokens[0].key
            assert self.index.count(key) == anew.count(key)

    def anew(self) -> NameIndex:
        return NameIndex.of([one for mine in self.listed.values() for one in mine])


ChangedIndex.TestCase.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)
TestChangedIndex = ChangedIndex.TestCase
