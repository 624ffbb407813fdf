"""A photographed specimen page and real portraits through the real page reader and the real face engine."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from crossing.bootstrap import PostParts, post_app
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.schemas import ImageKind
from crossing.screening.schemas import CheckKind, CheckOutcome
from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller, photograph, render_page
from tests.factories.clock import StandingClock
from tests.factories.portraits import PORTRAITS, portrait
from tests.factories.services import face_engine, page_reader, post_settings
from tests.integration.lanes.world import OFFICER, Prepared, World, copied

HOLDER = "obama.jpg"


def page() -> Picture:
    traveller = SpecimenTraveller(
        surname="Traoré",
        given_names="Aminata Kadiatou",
        birth_date=PartialDate(1987, 5, 14),
        sex="F",
        nationality="UTO",
        document_number="A4G7K29B1",
        issuing_state="UTO",
        issued_on=date(2024, 2, 1),
        expires_on=date(2034, 1, 31),
        portrait=portrait(HOLDER),
    )
    content = photograph(render_page(traveller, PageFormat.TD3), np.random.default_rng(7), 0.4)
    return Picture(content, "image/jpeg")


@pytest.mark.parametrize(
    ("live", "outcome"), [("obama-speaking.jpg", CheckOutcome.CLEAR), ("biden.jpg", CheckOutcome.POSSIBLE)]
)
def test_the_page_is_read_and_its_portrait_compared(
    prepared: Prepared, tmp_path: Path, live: str, outcome: CheckOutcome
) -> None:
    folder = copied(prepared, tmp_path / "post")
    parts = PostParts(clock=StandingClock(), reader=page_reader(), face_engine=face_engine())
    app = post_app(post_settings(folder), parts)
    with TestClient(app) as web:
        world = World(app, web, prepared.lanes, StandingClock(), folder)
        session_id = world.step_up()
        pictures = Pictures(page=page(), live=Picture((PORTRAITS / live).read_bytes(), "image/jpeg"))
        view = world.pipeline.take(session_id, pictures, officer=OFFICER)
        world.settle(session_id)
        assert view.reading is not None
        assert view.reading.valid
        assert view.person is not None
        assert (view.person.surname, view.person.given_names) == ("TRAORE", "AMINATA KADIATOU")
        assert set(view.images) == set(ImageKind)
        assert world.check(session_id, CheckKind.FACE_MATCH).outcome is outcome
