"""Notices: a change wakes who waits, after its commit and not without one."""

import threading

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from crossing.platform.notify import Notices, publish_after_commit


def test_a_reader_is_woken_by_its_topic_and_no_other() -> None:
    notices = Notices()
    seen = notices.count("outbox")
    threading.Timer(0.05, notices.publish, ["outbox"]).start()
    assert notices.wait("outbox", seen=seen, timeout_s=5) == seen + 1
    assert notices.wait("lanes", seen=0, timeout_s=0.01) == 0


def test_a_reader_that_missed_a_notice_does_not_wait_for_the_next() -> None:
    notices = Notices()
    notices.publish("outbox")
    assert notices.wait("outbox", seen=0, timeout_s=0) == 1


def test_a_notice_comes_after_the_commit_and_only_once() -> None:
    notices = Notices()
    with Session(create_engine("sqlite://")) as session:
        session.execute(text("SELECT 1"))
        publish_after_commit(session, notices, "lanes")
        assert notices.count("lanes") == 0
        session.commit()
        assert notices.count("lanes") == 1
        session.execute(text("SELECT 1"))
        session.commit()
        assert notices.count("lanes") == 1


def test_work_rolled_back_gives_no_notice() -> None:
    notices = Notices()
    with Session(create_engine("sqlite://")) as session:
        session.execute(text("SELECT 1"))
        publish_after_commit(session, notices, "lanes")
        session.rollback()
    assert notices.count("lanes") == 0


def test_the_end_of_a_savepoint_is_not_yet_the_commit() -> None:
    notices = Notices()
    with Session(create_engine("sqlite://")) as session:
        session.execute(text("SELECT 1"))
        publish_after_commit(session, notices, "lanes")
        with session.begin_nested():
            session.execute(text("SELECT 1"))
        assert notices.count("lanes") == 0
        session.commit()
        assert notices.count("lanes") == 1
