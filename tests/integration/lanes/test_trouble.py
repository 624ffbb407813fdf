"""Devices that fail, pictures that are none, a full disk: one clear word, nothing half-stored, a usable lane."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from crossing.lanes.errors import NoDeviceAtLane
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.schemas import CaptureOrder, FieldSource, Identity, ImageKind, SessionState, SessionView
from crossing.movements.schemas import CrossingCase, Person
from crossing.platform.blobs import BlobDamaged, StoreFull
from crossing.platform.images import MAX_BYTES, ImageMislabelled, ImageTooLarge, ImageUnreadable
from crossing.posts.device_errors import DeviceGarbled, DeviceVanished
from crossing.posts.models import Lane
from crossing.screening.models import Check
from crossing.screening.schemas import CheckKind, CheckOutcome
from tests.factories.services import CAMERA, SCANNER
from tests.integration.lanes.drawn import AMINATA, MOUSSA
from tests.integration.lanes.world import OFFICER, ScriptedAgent, World

BOTH = CaptureOrder()


class TestDevices:
    def test_page_and_camera_are_asked_together(self, world: World, agent: ScriptedAgent) -> None:
        agent.presents(AMINATA)
        session_id = world.step_up()
        view = world.pipeline.capture(session_id, BOTH, officer=OFFICER)
        assert view.troubles == ()
        assert set(view.images) == {ImageKind.PAGE, ImageKind.LIVE, ImageKind.PORTRAIT}
        assert view.person is not None
        assert view.person.surname == "TRAORE"

    @pytest.mark.parametrize(
        ("device", "kept", "code"),
        [
            (SCANNER, {ImageKind.LIVE}, "device_vanished"),
            (CAMERA, {ImageKind.PAGE, ImageKind.PORTRAIT}, "device_jam"),
        ],
    )
    def test_one_that_vanishes_is_one_trouble_and_the_other_s_picture_is_taken(
        self, world: World, agent: ScriptedAgent, device: str, kept: set[ImageKind], code: str
    ) -> None:
        agent.presents(AMINATA)
        agent.gives[device] = code.removeprefix("device_")
        session_id = world.step_up()
        view = world.pipeline.capture(session_id, BOTH, officer=OFFICER)
        assert [trouble.code for trouble in view.troubles] == [code]
        assert set(view.images) == kept
        assert view.state is SessionState.CHECKED
        agent.presents(AMINATA)
        again = world.pipeline.capture(session_id, BOTH, officer=OFFICER)
        assert again.troubles == ()
        assert world.decide(session_id).person.surname == "TRAORE"

    def test_a_scanner_that_breaks_off_in_the_middle_gives_no_half_picture(
        self, world: World, agent: ScriptedAgent
    ) -> None:
        agent.presents(AMINATA)
        agent.gives[SCANNER] = agent.BREAKS_OFF
        session_id = world.step_up()
        view = world.pipeline.capture(session_id, BOTH, officer=OFFICER)
        assert len(view.troubles) == 1
        assert set(view.images) == {ImageKind.LIVE}

    def test_where_all_fail_there_is_one_problem_and_nothing_is_stored(
        self, world: World, agent: ScriptedAgent
    ) -> None:
        agent.gives = {SCANNER: "vanished", CAMERA: "garbled"}
        session_id = world.step_up()
        before = world.row(session_id).version
        with pytest.raises(DeviceVanished):
            world.pipeline.capture(session_id, BOTH, officer=OFFICER)
        with pytest.raises(DeviceGarbled):
            world.pipeline.capture(session_id, CaptureOrder(page=False), officer=OFFICER)
        assert world.row(session_id).version == before
        assert world.kept_files() == []
        assert world.count(Check) == 0
        _still_usable(world, session_id)

    def test_a_lane_without_devices_says_so_and_takes_pictures_from_elsewhere(self, world: World) -> None:
        with world.database.unit_of_work() as session:
            lane = session.get_one(Lane, world.lanes[0])
            lane.scanner_device = lane.camera_device = None
        session_id = world.step_up()
        with pytest.raises(NoDeviceAtLane):
            world.pipeline.capture(session_id, BOTH, officer=OFFICER)
        assert world.take(session_id, AMINATA).troubles == ()

    def test_what_the_camera_gives_is_not_believed(self, world: World, agent: ScriptedAgent) -> None:
        agent.presents(AMINATA)
        agent.gives[CAMERA] = Picture(b"<html>not a picture</html>", "image/jpeg")
        session_id = world.step_up()
        with pytest.raises(ImageMislabelled):
            world.pipeline.capture(session_id, BOTH, officer=OFFICER)
        assert world.kept_files() == []


class TestPictures:
    WHOLE = AMINATA.page().content

    BAD = (
        ("cut short", WHOLE[: len(WHOLE) // 2], "image/png", ImageUnreadable),
        ("empty", b"", "image/png", ImageUnreadable),
        ("noise", os.urandom(5000), "image/png", ImageUnreadable),
        ("a PNG called a JPEG", WHOLE, "image/jpeg", ImageMislabelled),
        ("a PNG called a page", WHOLE, "text/html", ImageMislabelled),
        ("a PDF", b"%PDF-1.7", "application/pdf", ImageMislabelled),
        ("too large", b"\xff" * (MAX_BYTES + 1), "image/png", ImageTooLarge),
    )

    def test_what_can_not_be_decoded_is_one_problem_and_stores_nothing(self, world: World) -> None:
        session_id = world.step_up()
        before = world.row(session_id).version
        for _what, content, media, error in self.BAD:
            bad = Picture(content, media)
            for pictures in (
                Pictures(page=bad, live=AMINATA.live()),
                Pictures(page=AMINATA.page(), live=bad),
                Pictures(page=bad, live=bad),
            ):
                with pytest.raises(error):
                    world.pipeline.take(session_id, pictures, officer=OFFICER)
        assert world.row(session_id).version == before
        assert world.kept_files() == []
        assert world.count(Check) == 0
        _still_usable(world, session_id)

    def test_a_bad_picture_leaves_what_was_there_before(self, world: World) -> None:
        session_id = world.step_up()
        good = world.take(session_id, AMINATA)
        bad = Pictures(page=Picture(b"noise" * 99, "image/png"))
        with pytest.raises(ImageUnreadable):
            world.pipeline.take(session_id, bad, officer=OFFICER)
        view = world.view(session_id)
        assert (view.state, view.images, view.person) == (SessionState.CHECKED, good.images, good.person)
        assert world.decide(session_id).images.page == good.images[ImageKind.PAGE]


class TestFullDisk:
    @pytest.fixture
    def fill_the_disk(self, world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
        """From a call's n-th picture on, the store finds no room, as the kernel would say it."""

        def fill(room_for: int) -> None:
            left = [room_for]
            real = os.fsync

            def fsync(descriptor: int) -> None:
                target = Path(f"/proc/self/fd/{descriptor}").readlink()
                if target.is_relative_to(world.folder / "blobs") and target.is_file():
                    if left[0] <= 0:
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    left[0] -= 1
                real(descriptor)

            monkeypatch.setattr(os, "fsync", fsync)

        return fill

    @pytest.mark.parametrize("room_for", [0, 1, 2])
    def test_no_room_for_one_picture_stores_none_in_the_session(
        self, world: World, fill_the_disk: Callable[[int], None], room_for: int
    ) -> None:
        session_id = world.step_up()
        before = world.row(session_id).version
        fill_the_disk(room_for)
        with pytest.raises(StoreFull):
            world.take(session_id, AMINATA)
        row = world.row(session_id)
        assert (row.version, row.images, row.person) == (before, {}, None)
        assert world.count(Check) == 0

    def test_a_traveller_is_registered_by_word_of_mouth_all_the_same(
        self, world: World, fill_the_disk: Callable[[int], None]
    ) -> None:
        session_id = world.step_up()
        fill_the_disk(0)
        with pytest.raises(StoreFull):
            world.take(session_id, AMINATA)
        _still_usable(world, session_id)


class TestDamagedPictures:
    def test_a_stored_picture_that_was_damaged_is_said_and_a_new_one_helps(self, world: World) -> None:
        session_id = world.step_up()
        world.pipeline.take(session_id, Pictures(page=AMINATA.page()), officer=OFFICER)
        for path in world.kept_files():
            path.write_bytes(path.read_bytes()[:-1])
        world.pipeline._faces._faces.clear()  # as after a restart
        with pytest.raises(BlobDamaged):
            world.pipeline.take(session_id, Pictures(live=AMINATA.live()), officer=OFFICER)
        view = world.take(session_id, AMINATA)
        assert set(view.images) == {ImageKind.PAGE, ImageKind.LIVE, ImageKind.PORTRAIT}


class TestTwoLanes:
    def test_nothing_of_one_traveller_reaches_the_other_s_session(self, world: World) -> None:
        """Two lanes at work at the same time, several travellers each."""
        travellers, rounds = {0: AMINATA, 1: MOUSSA}, 4
        seen: dict[int, list[SessionView]] = {0: [], 1: []}
        failures: list[BaseException] = []
        ready = threading.Barrier(2)

        def work(lane: int) -> None:
            try:
                ready.wait(60)
                for _ in range(rounds):
                    session_id = world.step_up(lane)
                    view = world.take(session_id, travellers[lane], settle=False)
                    seen[lane].append(view)
                    movement = world.decide(session_id)
                    assert movement.document is not None
                    assert movement.document.number == travellers[lane].number
                    assert movement.images.page == view.images[ImageKind.PAGE]
            except BaseException as failure:  # noqa: BLE001 - told to the test's own thread
                failures.append(failure)

        lanes = [threading.Thread(target=work, args=(lane,)) for lane in travellers]
        for one in lanes:
            one.start()
        for one in lanes:
            one.join(90)
        assert failures == []
        for lane, traveller in travellers.items():
            assert len(seen[lane]) == rounds
            for view in seen[lane]:
                assert view.person is not None
                assert (view.person.surname, view.lane) == (traveller.surname, str(lane + 1))
                assert view.reading is not None
                assert view.reading.lines == traveller.mrz()
                match = next(one for one in view.checks if one.kind is CheckKind.FACE_MATCH)
                assert match.outcome is CheckOutcome.CLEAR
            assert len({view.history.traveller_id for view in seen[lane][1:]}) == 1
        images = [
            view.images[kind] for lane in seen for view in seen[lane] for kind in (ImageKind.PAGE, ImageKind.LIVE)
        ]
        assert len(images) == len(set(images))


def _still_usable(world: World, session_id: UUID) -> None:
    identity = Identity(case=CrossingCase.NO_DOCUMENT, person=Person(surname="Koné", given_names="Awa"))
    view = world.pipeline.declare(session_id, identity, source=FieldSource.DECLARED, officer=OFFICER)
    assert view.state is SessionState.CHECKED
    assert world.decide(session_id).person.surname == "Koné"
