"""Whether a traveller whom a post met may be the one whom the posts were told to look for."""

from crossing.movements.schemas import Person, TravelDocument
from crossing.screening.ahead.schemas import AheadAlert, AheadPerson
from crossing.screening.countries import same_state
from crossing.screening.documents import tidy
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.judging import Decision, judge
from crossing.screening.names.spelling import spell


def has_the_document(told: AheadAlert, document: TravelDocument | None) -> bool:
    """Whether it is the very document that is looked for: number and State."""
    if told.document is None or document is None or tidy(told.document.number) != tidy(document.number):
        return False
    return same_state(told.document.issuer) in ("", same_state(document.issuing_state))


def may_be_the_person(told: AheadAlert, person: Person | None) -> bool:
    """Whether name and birth may be those of who is looked for, by the rule of names that the lanes ask by."""
    if told.person is None or person is None:
        return False
    judged = judge(_asked(as_told(person)), _listed(told.person))
    return judged.decision is not Decision.DIFFERENT


def as_told(person: Person) -> AheadPerson:
    """A traveller as the posts are told of them."""
    said = person.model_dump(mode="json", exclude={"residence", "nationality"})
    return AheadPerson(**said, nationality=person.nationality or "")


def _asked(person: AheadPerson) -> AskedPerson:
    name = spell(person.surname, person.given_names)
    nationality = same_state(person.nationality)
    return AskedPerson(name, person.birth_date, _sex(person), nationality, approximate=person.birth_approximate)


def _listed(person: AheadPerson) -> ListedPerson:
    birth = ListedBirth.approximate if person.birth_approximate else ListedBirth.exact
    return ListedPerson(
        spell(person.surname, person.given_names),
        (birth(person.birth_date),) if person.birth_date else (),
        _sex(person),
        (same_state(person.nationality),) if person.nationality else (),
    )


def _sex(person: AheadPerson) -> str:
    return person.sex if person.sex in ("M", "F") else ""
