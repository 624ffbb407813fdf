"""How common names are among travellers: each traveller once, counted anew at a start, told with a hit."""

from datetime import timedelta

import pytest

from crossing.movements import names_seen
from crossing.movements.names_seen import NamesSeen
from crossing.movements.schemas import Person
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.screening.names.spelling import spell
from tests.factories.clock import StandingClock
from tests.factories.movements import NOW, office, recorded


def key_of(name: str) -> str:
    (token,) = spell(name).tokens
    return token.key


def test_a_traveller_counts_once_however_often_and_however_spelled(post_database: Database) -> None:
    seen = NamesSeen(post_database)
    traveller = new_id()
    for surname in ("DIALLO", "DIALLO", "JALLOW"):
        seen.add(traveller, surname, "Mamadou")
    seen.add(new_id(), "Jallow", "Awa")
    assert (seen.total(), seen.count(key_of("Diallo")), seen.count(key_of("Mamadou"))) == (2, 2, 1)
    assert seen.count(key_of("Ouedraogo")) == 0


def test_a_start_counts_those_who_crossed_before_and_no_more_than_there_is_room_for(
    post_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names_seen, "_AT_ONCE", 2)
    monkeypatch.setattr(names_seen, "_PAUSE_S", 0)
    desk = office(StandingClock())
    for minute, surname in enumerate(("DIALLO", "KONE", "DIALLO", "CISSE", "DIALLO")):
        with post_database.unit_of_work() as session:
            recorded(session, desk, person=Person(surname=surname), occurred_at=NOW + timedelta(minutes=minute))
    seen = NamesSeen(post_database)
    seen.start()
    seen._thread.join(60)
    assert (seen.total(), seen.count(key_of("DIALLO"))) == (5, 3)
    monkeypatch.setattr(names_seen, "MOST_TRAVELLERS", 3)
    few = NamesSeen(post_database)
    few.count_all()
    assert (few.total(), few.count(key_of("DIALLO"))) == (3, 2), "the newest count"
    few.stop()
    seen.stop()
