"""Hostile images get a clear answer, from the engine and over the API, bounded in time and memory.

Each is looked at in a process of its own kind, whose address space and processor time are limited by the kernel.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.faces.engines import open_engine
from crossing.faces.engines.base import FaceEngine
from crossing.faces.words import HINTS
from crossing.identity.roles import Role
from crossing.platform.errors import DomainError
from crossing.platform.i18n import translator
from crossing.platform.images import decode_image
from tests.factories.desk import good, step_up
from tests.factories.hostile_images import HOSTILE, JPEG, PNG, WEBP, a_person, encoded, made
from tests.factories.portraits import MODELS
from tests.factories.services import PostService, post_settings, running_post
from tests.integration.faces import hostile_run

LARGE: Final = frozenset({"50 megapixels", "50 megapixels of JPEG", "16 x 3 million"})
"""Pictures at the limit of 50 megapixels: a page of A3 at 600 dpi would be no smaller."""

CPU_SECONDS: Final = 1.5
PEAK_MB: Final = 150
LARGE_CPU_SECONDS: Final = 5.0
LARGE_PEAK_MB: Final = 500


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    """What came of each image, by its name."""
    ran = subprocess.run(
        [sys.executable, "-m", hostile_run.__name__],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0, f"{lines[-1:]}: {ran.stderr[-2000:]}"
    return {line["name"]: line for line in lines if "name" in line}


@pytest.mark.parametrize("name", HOSTILE)
def test_each_gets_its_answer_within_its_time_and_memory(answers: dict[str, dict[str, Any]], name: str) -> None:
    found, wanted = answers[name], HOSTILE[name][1].split()
    assert set(wanted) <= set(found["answer"].split())
    assert found["cpu_s"] <= (LARGE_CPU_SECONDS if name in LARGE else CPU_SECONDS)
    assert found["peak_mb"] <= (LARGE_PEAK_MB if name in LARGE else PEAK_MB)


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostService]:
    with running_post(post_settings(tmp_path_factory.mktemp("post"))) as service:
        yield service


@pytest.fixture(scope="module")
def officer(post: PostService) -> httpx.Client:
    return post.officer(Role.OFFICER, login="officer")


@pytest.fixture(scope="module")
def session(post: PostService, officer: httpx.Client) -> str:
    return step_up(officer, post.lanes[0])


REFUSED: Final = [name for name, (_, answer) in HOSTILE.items() if answer.startswith("image_")]
ONE_OF_EACH: Final = list({HOSTILE[name][1]: name for name in REFUSED}.values())
TAKEN: Final = ["30 faces", "CMYK", "16 bits", "animated WebP", "16 x 16,000", "50 megapixels", "orientation 6"]


@pytest.mark.parametrize("where", ["live", "page"])
@pytest.mark.parametrize("name", REFUSED)
def test_the_api_refuses_it_by_its_code(officer: httpx.Client, session: str, name: str, where: str) -> None:
    code = HOSTILE[name][1]
    content, media_type = made(name)
    answer = officer.put(f"/api/sessions/{session}/{where}", content=content, headers={"Content-Type": media_type})
    assert answer.json()["code"] == code
    assert answer.status_code == {"image_too_large": 413, "image_mislabelled": 415}.get(code, 422)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_the_refusal_is_in_the_officer_s_language(officer: httpx.Client, session: str, name: str) -> None:
    content, media_type = made(name)
    titles = {
        officer.put(
            f"/api/sessions/{session}/live",
            content=content,
            headers={"Content-Type": media_type, "Accept-Language": language},
        ).json()["title"]
        for language in ("en", "fr")
    }
    assert len(titles) == 2


@pytest.mark.parametrize("name", TAKEN)
def test_the_api_takes_it_as_a_live_picture_and_says_what_could_be_better(
    officer: httpx.Client, session: str, name: str
) -> None:
    wanted = HOSTILE[name][1]
    content, media_type = made(name)
    view = good(officer.put(f"/api/sessions/{session}/live", content=content, headers={"Content-Type": media_type}))
    assert "live" in view["images"]
    hints = view["face_hints"]
    assert ("no_face" in hints) == (wanted == "face_not_found")
    assert set(wanted.split()[1:]) <= set(hints)


def test_of_several_faces_it_is_said_in_each_language_that_the_largest_was_taken() -> None:
    english = HINTS["several_faces"]
    for locale in ("fr", "ar"):
        assert translator(locale).gettext(english) != english


SOUND: Final = {
    JPEG: encoded(a_person().resize((160, 190)), "JPEG"),
    PNG: encoded(a_person().resize((80, 95)), "PNG"),
    WEBP: encoded(a_person().resize((160, 190)), "WEBP"),
}


@pytest.fixture(scope="module")
def engine() -> FaceEngine:
    return open_engine(MODELS, "sface")


@given(
    media_type=st.sampled_from(sorted(SOUND)),
    length=st.floats(0.5, 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), max_size=8),
)
def test_no_damage_raises_anything_but_a_refusal(
    engine: FaceEngine, media_type: str, length: float, flips: list[tuple[float, int]]
) -> None:
    content = bytearray(SOUND[media_type])
    for place, bit in flips:
        content[int(place * len(content))] ^= 1 << bit
    try:
        image = decode_image(bytes(content[: round(length * len(content))]), declared=media_type)
    except DomainError:
        return
    faces = engine.detect(image)
    if faces:
        assert engine.quality(image, faces).faces >= 1
