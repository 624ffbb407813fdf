"""Whom a search of names is after, by what is known of a traveller beside the name: for a post's lists and for a
bridge's copy, so that both leave out the same persons, before any are compared."""

from datetime import date
from typing import NamedTuple

from crossing.documents.dates import PartialDate
from crossing.screening.names.agreement import agreement, could_alert
from crossing.screening.names.births import compare
from crossing.screening.names.index import Wanted
from crossing.screening.persons import ListedPersons


class Sought(NamedTuple):
    """``nationality`` as ``same_state`` gives it, and ``sex`` M or F; both empty where they are not known.
    ``approximate``: born about then."""

    birth: PartialDate | None
    sex: str
    nationality: str
    approximate: bool = False

    def wanted(self, persons: ListedPersons, today: date) -> Wanted:
        """Of whom nothing could come is left out before names are looked for: else they take the places of others.

        Without a date of birth it takes the same nationality, where there is one.
        """
        places = persons.counting(today)
        if self.birth is None and self.nationality:
            of_state = persons.of_nationality(self.nationality)
            places = of_state if places is None else places & of_state
        return Wanted(places, not self.approximate, persons.agreement(self.nationality, self.sex))

    def may_be(self, persons: ListedPersons, place: int) -> bool:
        """Whether anything could come of the person at this place, whatever the names."""
        relation, _ = compare(self.birth, persons.births(place), approximate=self.approximate)
        sex, states = persons.sex_and_states(place)
        return could_alert(relation, agreement(self.nationality, states, (self.sex, sex)))
