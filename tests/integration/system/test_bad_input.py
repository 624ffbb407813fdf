"""Bad input and trouble at the desk: one clear problem, nothing half stored, and the lane goes on."""

import io
import resource
import struct
import subprocess
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import pytest
from PIL import Image

from crossing.platform.i18n import LOCALES, translator
from crossing.platform.images import MAX_BYTES
from crossing_devices.simulated.server import Fault
from tests.factories.desk import admit, declare, good, step_up
from tests.factories.services import PostService
from tests.factories.specimens import live_picture, passport_page
from tests.integration.system.conftest import Devices

JPEG: Final = "image/jpeg"


def _encoded(image_format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((64, 64, 3), 127, np.uint8)).save(out, image_format, **options)
    return out.getvalue()


def _png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG that claims a size, with whatever chunks; no pixel of it is there."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )


TIFF_THAT_POINTS_AT_ITSELF: Final = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 256, 4, 1, 64, 8)
BAD_PICTURES: Final[dict[str, tuple[bytes, str, str]]] = {
    "nothing": (b"", JPEG, "image_unreadable"),
    "noise": (bytes(range(256)) * 40, JPEG, "image_unreadable"),
    "a head without a body": (b"\xff\xd8\xff\xe0" + b"\0" * 2000, JPEG, "image_unreadable"),
    "one pixel": (_png(1, 1), "image/png", "image_too_small"),
    "a PNG called JPEG": (_encoded("PNG"), JPEG, "image_mislabelled"),
    "a JPEG called PNG": (_encoded("JPEG"), "image/png", "image_mislabelled"),
    "a JPEG called nothing": (_encoded("JPEG"), "", "image_mislabelled"),
    "a JPEG called JSON": (_encoded("JPEG"), "application/json", "image_mislabelled"),
    "a PDF": (b"%PDF-1.7\n1 0 obj\n", JPEG, "image_mislabelled"),
    "a page of HTML": (b"<html><script>alert(1)</script>", JPEG, "image_mislabelled"),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "image/svg+xml", "image_mislabelled"),
    "a GIF": (_encoded("GIF"), "image/gif", "image_mislabelled"),
    "51 million pixels": (_png(8200, 6250), "image/png", "image_too_large"),
    "4 thousand million pixels": (_png(65_535, 65_535), "image/png", "image_too_large"),
    "a text that unpacks to 200 MB": (
        _png(64, 64, (b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 200_000_000, 9))),
        "image/png",
        "image_unreadable",
    ),
    "fewer pixels than it claims": (
        _png(64, 64, (b"IDAT", zlib.compress(b"\0" * 500))),
        "image/png",
        "image_unreadable",
    ),
    "a TIFF that points at itself": (TIFF_THAT_POINTS_AT_ITSELF, "image/tiff", "image_unreadable"),
    "a byte over 20 MB": (b"\xff\xd8\xff" + b"\0" * (MAX_BYTES - 2), JPEG, "image_too_large"),
    "30 MB": (b"\xff\xd8\xff" + b"\0" * 30_000_000, JPEG, "body_too_large"),
}


@pytest.fixture
def session(post: PostService, officer: httpx.Client) -> Iterator[str]:
    """A traveller at the first lane, until the test ends."""
    session = step_up(officer, post.lanes[0])
    yield session
    officer.delete(f"/api/sessions/{session}")


class TestPictures:
    @pytest.mark.parametrize("what", BAD_PICTURES)
    @pytest.mark.parametrize("where", ["page", "live"])
    def test_a_picture_that_is_none_is_refused_and_nothing_of_it_is_kept(
        self, post: PostService, officer: httpx.Client, session: str, what: str, where: str
    ) -> None:
        content, media_type, code = BAD_PICTURES[what]
        before = _kept(post), _view(officer, session)
        answer = officer.put(
            f"/api/sessions/{session}/{where}", content=content, headers={"Content-Type": media_type}
        )
        assert answer.json()["code"] == code
        assert answer.status_code == {"image_mislabelled": 415}.get(code, 413 if "large" in code else 422)
        assert (_kept(post), _view(officer, session)) == before

    def test_a_page_cut_short_is_refused_and_the_whole_one_is_read(
        self, post: PostService, officer: httpx.Client, session: str
    ) -> None:
        page = passport_page()
        for length in (200, len(page) // 2, len(page) - 200):
            answer = _put(officer, session, "page", page[:length])
            assert answer.json()["code"] == "image_unreadable", length
        assert _view(officer, session)["images"] == {}
        view = good(_put(officer, session, "page", page))
        assert view["document"]["number"] == "UT4821907"
        assert view["person"]["surname"] == "COLLIER"

    def test_a_bad_second_picture_leaves_the_first_as_it_was(
        self, post: PostService, officer: httpx.Client, session: str
    ) -> None:
        good(_put(officer, session, "page", passport_page()))
        before = _kept(post), _view(officer, session)
        for where in ("page", "live"):
            assert _put(officer, session, where, b"\xff\xd8\xff").json()["code"] == "image_unreadable"
        assert (_kept(post), _view(officer, session)) == before

    @pytest.mark.parametrize("locale", LOCALES)
    @pytest.mark.parametrize(
        ("what", "sentence"),
        [
            ("noise", "The image could not be read: it is damaged, cut short or not an image."),
            ("a PDF", "The image is not what its label says. JPEG, PNG, TIFF, WebP and BMP are accepted."),
            (
                "51 million pixels",
                "The image is too large: at most {max_megabytes} MB and {max_megapixels} megapixels are accepted.",
            ),
            ("30 MB", "The request is too large."),
        ],
    )
    def test_what_is_wrong_is_said_in_the_officers_language(
        self, officer: httpx.Client, session: str, locale: str, what: str, sentence: str
    ) -> None:
        content, media_type, _ = BAD_PICTURES[what]
        headers = {"Content-Type": media_type, "Accept-Language": locale}
        said = officer.put(f"/api/sessions/{session}/page", content=content, headers=headers).json()["title"]
        assert said == _said(sentence, locale).format(max_megabytes=20, max_megapixels=50)

    def test_every_accepted_format_comes_back_from_the_record_as_what_it_is(
        self, post: PostService, officer: httpx.Client
    ) -> None:
        for image_format, media_type in (("WEBP", "image/webp"), ("TIFF", "image/tiff"), ("BMP", "image/bmp")):
            session = step_up(officer, post.lanes[0])
            good(_put(officer, session, "live", _encoded(image_format), media_type))
            declare(officer, session)
            movement = admit(officer, session)["movement_id"]
            image = officer.get(f"/api/movements/{movement}/images/live", params={"purpose": "test"})
            assert image.headers["content-type"] == media_type
            assert image.content == _encoded(image_format)


class TestRepeatedRequests:
    def test_the_same_key_gives_the_same_answer_and_with_another_body_a_problem(
        self, post: PostService, officer: httpx.Client
    ) -> None:
        session = step_up(officer, post.lanes[0])
        declare(officer, session)
        first = admit(officer, session, key="decision-1")
        assert admit(officer, session, key="decision-1") == first
        other = {"verdict": "refuse", "reason_code": "public_order"}
        again = officer.post(
            f"/api/sessions/{session}/decision", json=other, headers={"Idempotency-Key": "decision-1"}
        )
        assert (again.status_code, again.json()["code"]) == (409, "idempotency_key_reused")
        listed = good(officer.get("/api/movements", params={"purpose": "test", "limit": 200}))
        assert [one["movement_id"] for one in listed if one["movement_id"] == first["movement_id"]] == [
            first["movement_id"]
        ]

    def test_the_same_decision_from_two_hands_at_once_is_one_movement(
        self, post: PostService, officer: httpx.Client
    ) -> None:
        session = step_up(officer, post.lanes[0])
        declare(officer, session)
        answers: list[httpx.Response] = []

        def decide() -> None:
            headers = {"Idempotency-Key": "two-hands"}
            answers.append(
                officer.post(f"/api/sessions/{session}/decision", json={"verdict": "admit"}, headers=headers)
            )

        hands = [threading.Thread(target=decide) for _ in range(4)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        assert len({good(answer)["movement_id"] for answer in answers}) == 1


class TestDevices:
    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            (Fault.CUT, "device_vanished"),
            (Fault.VANISH, "device_vanished"),
            (Fault.GARBAGE, "device_garbled"),
            (Fault.JAM, "device_jam"),
            (Fault.HANG, "device_timeout"),
        ],
    )
    def test_a_scanner_that_fails_mid_scan_is_said_and_the_next_scan_works(
        self, post: PostService, officer: httpx.Client, devices: Devices, session: str, fault: Fault, code: str
    ) -> None:
        before = _kept(post), _view(officer, session)
        devices.lay(passport_page())
        devices.fail(devices.scanner, fault)
        try:
            answer = _capture(officer, session, live=False)
            assert answer.json()["code"] == code
            assert answer.status_code in (409, 502, 503)
        finally:
            devices.mend()
        assert (_kept(post), _view(officer, session)) == before
        devices.lay(passport_page())
        assert good(_capture(officer, session, live=False))["document"]["number"] == "UT4821907"

    def test_without_its_scanner_the_lane_takes_the_portrait_and_says_what_is_missing(
        self, officer: httpx.Client, devices: Devices, session: str
    ) -> None:
        devices.camera.show(live_picture())
        devices.fail(devices.scanner, Fault.CUT)
        devices.lay(passport_page())
        try:
            view = good(_capture(officer, session, live=True))
        finally:
            devices.mend()
        assert set(view["images"]) == {"live"}
        assert [trouble["code"] for trouble in view["troubles"]] == ["device_vanished"]
        declare(officer, session)
        admit(officer, session)

    @pytest.mark.parametrize("locale", LOCALES)
    def test_the_trouble_is_said_in_the_officers_language(
        self, officer: httpx.Client, devices: Devices, session: str, locale: str
    ) -> None:
        devices.fail(devices.scanner, Fault.VANISH)
        try:
            answer = _capture(officer, session, live=False, headers={"Accept-Language": locale})
        finally:
            devices.mend()
        sentence = "The device is no longer connected. Check its cable, or go on without it."
        assert answer.json()["title"] == _said(sentence, locale)


class TestAFullDisk:
    @pytest.mark.parametrize("locale", LOCALES)
    def test_a_picture_that_finds_no_room_is_refused_whole_and_the_traveller_still_passes(
        self, post: PostService, officer: httpx.Client, locale: str
    ) -> None:
        session = step_up(officer, post.lanes[1])
        before = _view(officer, session)
        with _no_room_for_blobs(post.settings.data / "blobs"):
            answer = officer.put(
                f"/api/sessions/{session}/page",
                content=passport_page(f"FULL{locale.upper()}001"),
                headers={"Content-Type": JPEG, "Accept-Language": locale},
            )
            assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
            sentence = (
                "The disk is full: the image could not be kept. The traveller's data are safe; call the supervisor."
            )
            assert answer.json()["title"] == _said(sentence, locale)
        assert _view(officer, session) == before
        assert not list((post.settings.data / "blobs").rglob(".*"))
        declare(officer, session)
        assert not any(admit(officer, session)["images"].values())


@contextmanager
def _no_room_for_blobs(folder: Path) -> Iterator[None]:
    """A real file system that is full: a small one mounted over the folder, or, without the right to mount one, a
    limit on how large a file this process may write, which the database's own files are already above."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode == 0:
        try:
            yield
        finally:
            subprocess.run(["umount", str(folder)], check=True)
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 * 1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _kept(post: PostService) -> set[Path]:
    """Every file of the blob store."""
    return {path for path in (post.settings.data / "blobs").rglob("*") if path.is_file()}


def _view(officer: httpx.Client, session: str) -> dict[str, Any]:
    view: dict[str, Any] = good(officer.get(f"/api/sessions/{session}"))
    return view


def _put(officer: httpx.Client, session: str, where: str, content: bytes, media_type: str = JPEG) -> httpx.Response:
    return officer.put(f"/api/sessions/{session}/{where}", content=content, headers={"Content-Type": media_type})


def _capture(
    officer: httpx.Client, session: str, *, live: bool, headers: dict[str, str] | None = None
) -> httpx.Response:
    return officer.post(f"/api/sessions/{session}/capture", json={"page": True, "live": live}, headers=headers)


def _said(sentence: str, locale: str) -> str:
    """The sentence in a language; required to be another than the English one."""
    said = translator(locale).gettext(sentence)
    assert (said == sentence) is (locale == "en")
    return said
