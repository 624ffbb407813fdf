"""The oracle is the pinned package or none at all."""

from pathlib import Path

import pytest
from tools.fetch_mrz_oracle import FOLDER, VERSION, FetchError, check, main


def test_a_tarball_that_is_not_the_pinned_one_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tarball = tmp_path / "mrz.tgz"
    tarball.write_bytes(b"something else")
    with pytest.raises(FetchError, match="sha512"):
        check(tarball.read_bytes())

    into = tmp_path / "oracle"
    assert main(["--into", str(into), "--tarball", str(tarball)]) == 1
    assert not into.exists()
    assert "not the tarball that was pinned" in capsys.readouterr().err


def test_a_second_run_finds_what_the_first_brought() -> None:
    # Sockets are closed here: a download would fail.
    assert (FOLDER / VERSION / "package.json").is_file()
    assert main([]) == 0
