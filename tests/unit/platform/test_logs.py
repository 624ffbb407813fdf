"""What a log may tell of an error that nobody foresaw: where it happened, and nothing of whom it happened to."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from crossing.platform import logs


@pytest.fixture(autouse=True)
def _logging_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _fail(surname: str) -> None:
    raise ValueError(f"cannot store {surname}")


def test_a_logged_error_names_the_place_and_keeps_silent_about_the_person(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()
    try:
        _fail("OUEDRAOGO")
    except ValueError:
        logs.log.exception("step_failed")
        logging.getLogger("some.library").exception("step failed elsewhere")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    for record in (ours, theirs):
        assert record["exception"][0]["exc_type"] == "ValueError"
        assert record["exception"][0]["frames"][-1]["name"] == "_fail"
        assert "OUEDRAOGO" not in json.dumps(record)
