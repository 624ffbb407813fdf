"""Reading camera streams, in whatever pieces they arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.posts.mjpeg import MalformedStream, boundary_of, jpeg_parts

FRAMES = st.lists(st.binary(min_size=1, max_size=60).map(lambda body: b"\xff\xd8" + body), max_size=5)


def chopped(stream: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(stream[:size])
        stream = stream[size:]
    return [*pieces, stream]


@given(FRAMES, st.lists(st.integers(0, 40), max_size=30), st.booleans())
def test_frames_come_out_as_they_went_in(frames: list[bytes], sizes: list[int], with_length: bool) -> None:
    boundary = b"frame-7f3a9c" * 3
    parts = [
        b"--%b\r\nContent-Type: image/jpeg\r\n%b\r\n%b\r\n"
        % (boundary, b"Content-Length: %d\r\n" % len(frame) if with_length else b"", frame)
        for frame in frames
    ]
    stream = b"".join(parts) + b"--" + boundary + b"--\r\n"
    assert list(jpeg_parts(chopped(stream, sizes), boundary)) == frames


def test_a_frame_with_a_length_does_not_wait_for_the_next_one() -> None:
    parts = jpeg_parts(iter([b"--b\r\nContent-Length: 2\r\n\r\n", b"\xff\xd8"]), b"b")
    assert next(parts) == b"\xff\xd8"


@pytest.mark.parametrize(
    "stream", [b"", b"--", b"--b", b"--b\r\nContent-Length: 9\r\n\r\nshort", b"--b\r\n\r\nno end"]
)
def test_a_stream_that_is_cut_off_ends_without_a_half_frame(stream: bytes) -> None:
    assert list(jpeg_parts([stream], b"b")) == []


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 99999999999\r\n\r\n",
        b"Content-Length: 99999999\r\n\r\n",
        b"X: " + b"x" * 5000,
        b"X: " + b"x" * 5000 + b"\r\n\r\n",
    ],
)
def test_a_head_that_is_none_is_refused(head: bytes) -> None:
    with pytest.raises(MalformedStream):
        list(jpeg_parts([b"--b\r\n" + head], b"b"))


def test_a_part_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossing.posts.mjpeg.MAX_BYTES", 100)
    with pytest.raises(MalformedStream):
        list(jpeg_parts([b"--b\r\n\r\n", *([b"x" * 30] * 10)], b"b"))


@given(st.binary(max_size=300), st.integers(0, 300))
def test_garbage_is_refused_or_ends(stream: bytes, at: int) -> None:
    try:
        list(jpeg_parts([b"--b\r\n" + stream[:at], stream[at:]], b"b"))
    except MalformedStream:
        return


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ('multipart/x-mixed-replace;boundary="--frame"', b"frame"),
        ("Multipart/X-Mixed-Replace; Boundary=a", b"a"),
    ],
)
def test_the_boundary_is_found(content_type: str, boundary: bytes) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    "content_type", ["", "image/jpeg", "multipart/x-mixed-replace", "multipart/mixed; boundary=b"]
)
def test_another_media_type_is_no_stream(content_type: str) -> None:
    with pytest.raises(MalformedStream):
        boundary_of(content_type)
