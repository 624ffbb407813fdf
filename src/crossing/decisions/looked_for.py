"""Those whom the posts look for among a referral's reasons, and what the second line says of each.

A finding is about the whole referral. The posts cease to look for who was met, and a finding does not say who that
was where there are several, or another list's hit beside one.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

from crossing.decisions.errors import FindingContradicted, LookedForUnanswered
from crossing.decisions.schemas import Finding, Resolution
from crossing.screening.lists.formats.ahead import CODE
from crossing.screening.schemas import CheckResult, HitDetail


def looked_for(reasons: tuple[CheckResult, ...]) -> dict[str, UUID]:
    """Those who are looked for by the ids of their alerts, in their order, each with the id of the first hit."""
    found: dict[str, UUID] = {}
    for hit in _hits(reasons):
        found.setdefault(alert_of(hit.entry_reference), hit.hit_id)
    return found


def alert_of(reference: str) -> str:
    """A document's own reference has its holder's before it."""
    return reference.partition("#")[0]


def asks_which(reasons: tuple[CheckResult, ...]) -> bool:
    """Whether the finding can't say whom it is about: there are several, or other lists' hits beside one."""
    found = looked_for(reasons)
    return len(found) > 1 or (len(found) == 1 and _are_others(reasons))


def hold_against_looked_for(resolution: Resolution, reasons: tuple[CheckResult, ...]) -> None:
    """Raises :class:`LookedForUnanswered` where something is confirmed and it is not said of each who is looked for,
    where it is said of some alone, twice of one, or of a hit that is not here; :class:`FindingContradicted`."""
    people = looked_for(reasons)
    person_of = {hit.hit_id: alert_of(hit.entry_reference) for hit in _hits(reasons)}
    words = resolution.looked_for
    said = {person_of.get(word.hit_id): word.finding for word in words}
    if len(said) != len(words) or (words and said.keys() != people.keys()):
        raise _unanswered(people)
    finding = resolution.finding
    if not words:
        if finding is Finding.CONFIRMED and asks_which(reasons):
            raise _unanswered(people)
        return
    found = set(said.values())
    graver = (Finding.CONFIRMED in found and finding is not Finding.CONFIRMED) or (
        Finding.UNCONFIRMED in found and finding in (Finding.NOT_THE_PERSON, Finding.RECORD_WITHDRAWN)
    )
    if graver or (finding is Finding.CONFIRMED and finding not in found and not _are_others(reasons)):
        raise FindingContradicted


def _unanswered(people: Mapping[str, UUID]) -> LookedForUnanswered:
    return LookedForUnanswered(field="looked_for", hit_ids=",".join(map(str, people.values())))


def _hits(reasons: tuple[CheckResult, ...]) -> Iterator[HitDetail]:
    """Those that stop the traveller: the capital reads a word on no other, such as one that was cleared before."""
    for check in reasons:
        if check.source == CODE and check.alerts:
            yield from (hit for hit in check.hits if hit.cleared is None)


def _are_others(reasons: tuple[CheckResult, ...]) -> bool:
    return any(check.alerts for check in reasons if check.source != CODE)
