"""A photographed specimen page and real portraits through the real page reader and the real face engine."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from fastapi.testclient import TestClient

from crossing.bootstrap import PostParts, post_app
from crossing.lanes.errors import StripUnknown
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.repository import strip_of
from crossing.lanes.schemas import ImageKind
from crossing.platform.db.reading import reading
from crossing.platform.images import decode_image
from crossing.screening.schemas import CheckKind, CheckOutcome
from crossing_devices.simulated.specimens import (
    PageFormat,
    PartialDate,
    SpecimenTraveller,
    photograph,
    render,
    render_page,
)
from crossing_devices.simulated.specimens.mrz import compose
from tests.factories.clock import StandingClock
from tests.factories.portraits import PORTRAITS, portrait
from tests.factories.services import face_engine, post_settings, reader
from tests.integration.lanes.world import OFFICER, Prepared, World, copied

HOLDER = "obama.jpg"
PRINTED_WRONG: Final = "A4O7K29B1", "A407K29B1"
"""A number, and how a press that has lost its O would print it: the check digit tells which it is."""


def traveller(number: str = "A4G7K29B1") -> SpecimenTraveller:
    return SpecimenTraveller(
        surname="Traoré",
        given_names="Aminata Kadiatou",
        birth_date=PartialDate(1987, 5, 14),
        sex="F",
        nationality="UTO",
        document_number=number,
        issuing_state="UTO",
        issued_on=date(2024, 2, 1),
        expires_on=date(2034, 1, 31),
        portrait=portrait(HOLDER),
    )


def page(holder: SpecimenTraveller | None = None) -> Picture:
    content = photograph(render_page(holder or traveller(), PageFormat.TD3), np.random.default_rng(7), 0.4)
    return Picture(content, "image/jpeg")


@pytest.fixture
def real(prepared: Prepared, tmp_path: Path) -> Iterator[World]:
    """A post with the page reader and the face engine that posts have."""
    folder = copied(prepared, tmp_path / "post")
    parts = PostParts(clock=StandingClock(), reader=reader(), face_engine=face_engine())
    app = post_app(post_settings(folder), parts)
    with TestClient(app) as web:
        yield World(app, web, prepared.lanes, StandingClock(), folder)


@pytest.mark.parametrize(
    ("live", "outcome"), [("obama-speaking.jpg", CheckOutcome.CLEAR), ("biden.jpg", CheckOutcome.POSSIBLE)]
)
def test_the_page_is_read_and_its_portrait_compared(real: World, live: str, outcome: CheckOutcome) -> None:
    session_id = real.step_up()
    pictures = Pictures(page=page(), live=Picture((PORTRAITS / live).read_bytes(), "image/jpeg"))
    view = real.pipeline.take(session_id, pictures, officer=OFFICER)
    real.settle(session_id)
    assert view.reading is not None
    assert view.reading.valid
    assert view.person is not None
    assert (view.person.surname, view.person.given_names) == ("TRAORE", "AMINATA KADIATOU")
    assert set(view.images) == set(ImageKind) - {ImageKind.CHIP}
    assert real.check(session_id, CheckKind.FACE_MATCH).outcome is outcome


def test_every_field_has_its_place_in_one_small_picture_that_goes_with_the_session(real: World) -> None:
    session_id = real.step_up()
    view = real.pipeline.take(session_id, Pictures(page=page()), officer=OFFICER)
    real.settle(session_id)

    assert view.reading is not None
    assert view.reading.strip is not None
    with reading(real.database) as session:
        content = strip_of(session, session_id)
    assert len(content) < 40_000
    height, width = decode_image(content, declared="image/jpeg").shape[:2]
    assert (view.reading.strip.width, view.reading.strip.height) == (width, height)
    shown = {one.name for one in view.reading.fields if one.value}
    assert shown == {one.name for one in view.reading.fields if one.box}
    for one in view.reading.fields:
        assert one.box is None or (one.box.left + one.box.width <= width and one.box.top + one.box.height <= height)

    movement = real.decide(session_id)

    after = real.view(session_id)
    assert after.reading is not None
    assert after.reading.strip is None
    with reading(real.database) as session, pytest.raises(StripUnknown):
        strip_of(session, session_id)
    assert movement.images.page == view.images[ImageKind.PAGE]
    assert len(real.kept_files()) == len(view.images)


def test_a_character_that_only_its_check_digit_tells_is_marked_and_waits_for_the_officer(
    real: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    meant, printed = PRINTED_WRONG
    holder = traveller(meant)
    lines = tuple(line.replace(meant, printed) for line in compose(holder, PageFormat.TD3))
    monkeypatch.setattr(render, "compose", lambda *_: lines)
    session_id = real.step_up()

    view = real.pipeline.take(session_id, Pictures(page=page(holder)), officer=OFFICER)
    real.settle(session_id)

    assert view.document is not None
    assert view.document.number == meant
    assert view.reading is not None
    [number] = [one for one in view.reading.fields if one.name == "document_number"]
    assert [(mark.at, mark.read) for mark in number.marks] == [(2, "0")]
    assert number.box is not None
    assert view.needs_confirmation
