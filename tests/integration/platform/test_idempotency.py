"""A request repeated after a lost answer gets the first answer again, and does nothing twice."""

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from crossing.platform.db import Database, Session
from crossing.platform.db.reading import reading
from crossing.platform.idempotency import KeyReused, Once, RememberedAnswer
from crossing.posts.models import Post
from tests.factories.clock import StandingClock


class Order(BaseModel):
    code: str


class Receipt(BaseModel):
    number: int


ONCE = Once(StandingClock())


def place(
    session: Session, order: Order, key: str | None, *, actor: str = "a.traore", operation: str = "open"
) -> Receipt:
    """One effect in the database, and an answer that would be another one the second time."""

    def work() -> Receipt:
        number = session.scalar(sa.select(sa.func.count()).select_from(Post)) or 0
        session.add(Post(code=f"{order.code}{number}", name="Niagi", country="UTO"))
        session.flush()
        return Receipt(number=number)

    return ONCE.do(session, actor=actor, operation=operation, key=key, body=order, work=work, answer_type=Receipt)


def effects(database: Database) -> int:
    with reading(database) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Post)) or 0


def test_the_same_key_and_body_get_the_same_answer_and_one_effect(any_database: Database) -> None:
    answers = []
    for _ in range(3):
        with any_database.unit_of_work() as session:
            answers.append(place(session, Order(code="NIA"), "key-0001"))
    assert answers == [Receipt(number=0)] * 3
    assert effects(any_database) == 1


def test_the_same_key_with_another_body_is_refused(any_database: Database) -> None:
    with any_database.unit_of_work() as session:
        place(session, Order(code="NIA"), "key-0001")
    with pytest.raises(KeyReused), any_database.unit_of_work() as session:
        place(session, Order(code="BEN"), "key-0001")
    assert effects(any_database) == 1


@pytest.mark.parametrize("other", [{"actor": "b.diallo"}, {"operation": "close"}])
def test_a_key_belongs_to_its_caller_and_to_one_operation(any_database: Database, other: dict[str, str]) -> None:
    with any_database.unit_of_work() as session:
        first = place(session, Order(code="NIA"), "key-0001")
        second = place(session, Order(code="NIA"), "key-0001", **other)
    assert (first.number, second.number) == (0, 1)


def test_without_a_key_every_request_counts(any_database: Database) -> None:
    for _ in range(2):
        with any_database.unit_of_work() as session:
            place(session, Order(code="NIA"), None)
    assert effects(any_database) == 2


def test_work_that_failed_is_not_remembered(any_database: Database) -> None:
    def fail() -> None:
        with any_database.unit_of_work() as session:
            place(session, Order(code="NIA"), "key-0001")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with any_database.unit_of_work() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RememberedAnswer)) == 0
        assert place(session, Order(code="NIA"), "key-0001") == Receipt(number=0)
    assert effects(any_database) == 1


def test_two_at_the_same_moment_have_one_effect(any_database: Database) -> None:
    answers: list[Receipt] = []
    ready = threading.Barrier(4)

    def send() -> None:
        ready.wait(60)
        with any_database.unit_of_work() as session:
            answers.append(place(session, Order(code="NIA"), "key-0001"))

    _at_once(send, 4)
    assert answers == [Receipt(number=0)] * 4
    assert effects(any_database) == 1


def _at_once(work: Callable[[], None], times: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
