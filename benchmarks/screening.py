"""How fast names and documents are found, and how often rightly, beside rapidfuzz over the whole list.

    python benchmarks/screening.py                            # 100,000 made-up persons and documents
    python benchmarks/screening.py --persons 1000000
    python benchmarks/screening.py --un UN_consolidated.xml   # and the published UN list's own names

Persons get West African and Sahelian names, common ones more often, and a birth date. A listed traveller is asked
for as papers would write the name: another spelling, another order, a name left out, the MRZ's 39 columns, at times
only the year of birth. An unlisted traveller is drawn the same way as the listed. One thread, one run; processor
time, so that what else the machine does is not measured.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import psutil  # type: ignore[import-untyped]
from rapidfuzz import fuzz, process

from crossing.documents.dates import PartialDate
from crossing.screening import verdicts
from crossing.screening.documents import DocumentIndex, IndexedDocument
from crossing.screening.index import IndexedPerson, ListedPersons, ListIndex, Orders
from crossing.screening.lists.contents import NameKind
from crossing.screening.lists.formats import un_xml
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.index import ListedName, NameIndex
from crossing.screening.names.spelling import spell
from crossing.screening.schemas import CheckKind, CheckOutcome, Subject, SubjectName

SURNAMES: Final = """
    Diallo/Jallow/Jalloh/Djalo Traoré/Traore Keita/Keyta Coulibaly/Kulibaly Ouédraogo/Ouedraogo/Wedraogo Sow/So
    Cissé/Sesay/Ceesay Touré/Turay Maïga/Maiga Konaté/Konate Diarra/Jarra Koné/Kone Camara/Kamara Sidibé/Sidibe
    Sangaré/Sangare Dembélé/Dembele Doumbia/Dumbia Fofana Bah/Ba Barry/Barri Sylla/Sillah Soumah/Suma
    Condé/Conde Thiam/Cham Ndiaye/Njie/Njai Diop/Jobe Fall/Fal Gueye/Gaye Sarr/Sar Faye Seck/Sekk Mbaye/Mbai
    Sissoko/Cissokho Kaboré/Kabore Sawadogo/Sawadogho Compaoré/Compaore Zongo Ilboudo/Ilbudo Sanogo/Sanoko Ballo
    Dicko/Diko Haïdara/Haidara Issoufou/Yusuf Abdou/Abdu Harouna/Haruna Moussa/Musa Mahamat/Mohamed Adoum/Adum
    Hassane/Hassan Oumarou/Umaru Saley/Saleh Idrissa/Idris Garba Boukar/Bukar Djibrine/Jibrin Brahim/Ibrahim
    Youssouf/Yusuf Ousmane/Usman Ag-Mohamed/Ag-Mahamad Ould-Ahmed/Ould-Ahmad Alhassane/Alhassan Tounkara/Tunkara
    Bathily/Batchily Diabaté/Jobarteh Kouyaté/Kuyateh Samaké/Samake Guindo/Gindo Togola Berthé/Berte Mariko
    Bagayoko/Bagayogo Niang/Nyang Sène/Sene
""".split()  # noqa: SIM905 - a table of names reads better as text
GIVEN: Final = """
    Mamadou/Mohamed/Mahamadou Fatoumata/Fatima/Fatou Moussa/Musa Ibrahim/Ibrahima/Brahim Aminata/Aminatou
    Oumar/Omar/Umar Aïcha/Aisha/Aissata Boubacar/Abubakar Issa/Isa Mariam/Mariama Abdoulaye/Abdullah
    Ousmane/Usman Seydou/Saidou Adama/Adamu Souleymane/Sulaiman Hawa/Awa Kadiatou/Khadija/Kadidia
    Amadou/Ahmed/Ahmadou Cheick/Sheikh Rokia/Rokiatou Salif/Salifou Modibo Djénéba/Jeneba Bakary/Bakari
    Lassana/Lansana Drissa/Idrissa Yacouba/Yakubu Hamidou/Hamid Abdoul-Karim/Abdelkarim Zeinab/Zainab Nana
    Assitan/Asitan Sékou/Sekou Alassane/Alhassan Hamadoun/Hamadou Youssouf/Yusuf Aliou/Ali Harouna/Haruna
    Maïmouna/Maimuna Ramata/Ramatou Saran Tidiane/Tijan Yaya/Yahya Zakaria/Zakari Abdourahmane/Abderrahmane
    Halimatou/Halima Daouda/Dauda Karim/Karimou Sita Bintou/Binta Noumouké
""".split()  # noqa: SIM905 - a table of names reads better as text
MRZ_COLUMNS: Final = 39
ASKED: Final = 2_000
ASKED_BY_BRUTE_FORCE: Final = 40
NOBODY: Final = UUID(int=0)
NO_ORDERS: Final = Orders("", "", "", "", None, None)


@dataclass(frozen=True)
class Person:
    """``surname`` and ``given`` hold every spelling of each part, the listed one first."""

    surname: list[str]
    given: list[list[str]]
    birth: date

    @property
    def names(self) -> tuple[str, str]:
        return self.surname[0], " ".join(part[0] for part in self.given)


def _draw(chance: random.Random) -> Person:
    """A common name is far commoner than a rare one, as in life."""
    surname = SURNAMES[int(len(SURNAMES) * chance.random() ** 2)].split("/")
    count = chance.choices((1, 2, 3), (50, 38, 12))[0]
    given = [GIVEN[int(len(GIVEN) * chance.random() ** 2)].split("/") for _ in range(count)]
    return Person(surname, given, date(1940, 1, 1) + timedelta(days=chance.randrange(70 * 365)))


def _as_papers_write(person: Person, chance: random.Random) -> Subject:
    surname = chance.choice(person.surname)
    given = [chance.choice(part) for part in person.given]
    if len(given) > 2 and chance.random() < 0.3:
        given.pop(chance.randrange(len(given)))
    names = (surname, " ".join(given))
    if chance.random() < 0.15:
        names = (names[1], names[0])
    room = MRZ_COLUMNS - len(names[0]) - 2
    name = SubjectName(surname=names[0], given_names=names[1][:room], truncated=len(names[1]) > room)
    birth = PartialDate(person.birth.year) if chance.random() < 0.1 else PartialDate.of(person.birth)
    return Subject(names=(name,), birth=birth)


def _index(persons: Sequence[Person]) -> ListIndex:
    indexed = (
        IndexedPerson(
            UUID(int=place + 1), str(place), " ".join(person.names),
            (ListedBirth.exact(PartialDate.of(person.birth)),), "", (), None, NO_ORDERS,
        )
        for place, person in enumerate(persons)
    )  # fmt: skip
    names = (
        ListedName(place, False, False, *one.names, (ListedBirth.exact(PartialDate.of(one.birth)),))
        for place, one in enumerate(persons)
    )
    return _list_index(indexed, names)


def _list_index(persons: Iterable[IndexedPerson], names: Iterable[ListedName]) -> ListIndex:
    return ListIndex(
        "made-up", "Made up", 1, datetime(2031, 1, 1, tzinfo=UTC), None, frozenset({CheckKind.NAME_LIST}),
        ListedPersons.of(persons), NameIndex.of(names), DocumentIndex(()), {}, None, frozenset(), 0, 0, 0,
    )  # fmt: skip


def _alerts(subject: Subject, listed: ListIndex) -> dict[int, CheckOutcome]:
    """Who alerts, by place on the list; exactly what the name check does."""
    found: dict[int, CheckOutcome] = {}
    for name in subject.names:
        for match in listed.names.search(name.surname, name.given_names, subject.birth, truncated=name.truncated):
            verdict = verdicts.on_person(subject, listed, match, date(2031, 1, 1))
            if verdict is not None:
                found[match.name.person] = verdict.outcome
    return found


def _timed(what: Callable[[], object], into: list[float]) -> None:
    started = time.thread_time()
    what()
    into.append((time.thread_time() - started) * 1000)


def _line(label: str, times: Sequence[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    return f"{label:<44} p50 {statistics.median(times):8.3f} ms   p95 {cuts[94]:8.3f} ms   p99 {cuts[98]:8.3f} ms"


def _names(count: int, chance: random.Random) -> None:
    persons = [_draw(chance) for _ in range(count)]
    before, started = psutil.Process().memory_info().rss, time.thread_time()
    listed = _index(persons)
    took, memory = time.thread_time() - started, psutil.Process().memory_info().rss - before
    print(f"{count:,} names indexed in {took:.1f} s, {memory / 1e6:.0f} MB with the persons")
    places = [chance.randrange(count) for _ in range(ASKED)]
    subjects = [_as_papers_write(persons[place], chance) for place in places]
    times: list[float] = []
    rightly = 0
    for place, subject in zip(places, subjects, strict=True):
        _timed(lambda asked=subject: _alerts(asked, listed), times)  # type: ignore[misc]
        rightly += place in _alerts(subject, listed)
    print(_line("names: keys, then rapidfuzz, then alignment", times))
    print(f"  listed travellers found: {rightly / ASKED:.4f}")
    unlisted = [_as_papers_write(_draw(chance), chance) for _ in range(ASKED)]
    alerted = [_alerts(subject, listed) for subject in unlisted]
    whole = [found for found, asked in zip(alerted, unlisted, strict=True) if asked.birth and asked.birth.complete]
    hits = sum(CheckOutcome.HIT in found.values() for found in whole)
    print(f"  unlisted travellers with a whole birth date who alert: {sum(map(bool, whole)) / len(whole):.4f}")
    print(f"  of them as a hit (the very same name and date): {hits / len(whole):.4f}")
    _brute_force(persons, places, subjects)


def _brute_force(persons: Sequence[Person], places: Sequence[int], subjects: Sequence[Subject]) -> None:
    """The peer: the best token-sort ratio over every listed name; a find is the person among the ten best."""
    texts = [" ".join(person.names).upper() for person in persons]
    times: list[float] = []
    rightly = 0
    for place, subject in zip(places[:ASKED_BY_BRUTE_FORCE], subjects, strict=False):
        asked = f"{subject.names[0].surname} {subject.names[0].given_names}".upper()
        started = time.thread_time()
        best = process.extract(asked, texts, scorer=fuzz.token_sort_ratio, limit=10)
        times.append((time.thread_time() - started) * 1000)
        rightly += place in {found[2] for found in best}
    print(_line("names: rapidfuzz over the whole list", times))
    print(f"  listed travellers among its ten best: {rightly / ASKED_BY_BRUTE_FORCE:.4f}")


def _documents(count: int, chance: random.Random) -> None:
    numbers = [f"{chance.choice('ABPO')}{chance.randrange(10**8):08}" for _ in range(count)]
    started = time.thread_time()
    index = DocumentIndex(IndexedDocument(NOBODY, number, number, "MLI", "P", "stolen", None) for number in numbers)
    print(f"{count:,} documents indexed in {time.thread_time() - started:.1f} s")
    times: list[float] = []
    for number in chance.sample(numbers, ASKED):
        _timed(lambda asked=number: index.search(asked, "MLI"), times)  # type: ignore[misc]
    print(_line("documents: number and its twins", times))


def _un(path: Path) -> None:
    """Every good name of every listed person, cut to the MRZ's columns, with one of the person's own birth dates."""
    contents = un_xml.read(path.read_bytes())
    persons = tuple(
        IndexedPerson(
            UUID(int=place + 1), one.reference, one.label, one.births, one.sex, one.nationalities, None, NO_ORDERS
        )
        for place, one in enumerate(contents.persons)
    )  # fmt: skip
    names = [
        ListedName(place, name.kind == NameKind.WEAK_ALIAS, False, "", name.given_names, one.births)
        for place, one in enumerate(contents.persons)
        for name in one.names
    ]
    listed = _list_index(persons, names)
    times: list[float] = []
    asked = found = 0
    for place, one in enumerate(contents.persons):
        for name in one.names:
            written = name.given_names[:MRZ_COLUMNS]
            if name.kind == NameKind.WEAK_ALIAS or not one.births or len(spell(written).tokens) < 2:
                continue
            cut = len(name.given_names) > MRZ_COLUMNS
            subject = Subject(
                names=(SubjectName(surname="", given_names=written, truncated=cut),), birth=one.births[0].first
            )
            asked += 1
            found += place in _alerts(subject, listed)
            _timed(lambda who=subject: _alerts(who, listed), times)  # type: ignore[misc]
    print(_line(f"UN list: {len(persons)} persons, {len(names)} names", times))
    print(f"  its {asked} names of two parts and more, cut to {MRZ_COLUMNS} columns, found: {found / asked:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--un", type=Path, help="the published UN list")
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    _names(options.persons, chance)
    _documents(options.persons, chance)
    if options.un:
        _un(options.un)


if __name__ == "__main__":
    main()
