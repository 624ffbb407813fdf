"""Where settings come from, and which one wins."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from interpol_bridge.settings import load_settings


def test_an_option_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "bridge.toml"
    config.write_text('port = 1001\nhost = "127.0.0.2"\nbackend_deadline_s = 2\n')
    monkeypatch.setenv("INTERPOL_BRIDGE_PORT", "1002")
    monkeypatch.setenv("INTERPOL_BRIDGE_HOST", "127.0.0.3")

    settings = load_settings(config, port=1003, host=None)

    assert (settings.port, settings.host, settings.backend_deadline_s) == (1003, "127.0.0.3", 2.0)


def test_fingerprints_are_read_as_openssl_prints_them(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = ":".join(["AB"] * 32)
    monkeypatch.setenv("INTERPOL_BRIDGE_ALLOWED_FINGERPRINTS", f'["{printed}"]')

    assert load_settings().allowed_fingerprints == ("ab" * 32,)


@pytest.mark.parametrize(
    "option", [{"port": 70_000}, {"backend_deadline_s": 0}, {"backend": "guess"}, {"allowed_fingerprints": ("ab",)}]
)
def test_a_value_out_of_range_is_refused(option: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        load_settings(None, **option)


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "bridge.toml"
    config.write_text("prot = 1001\n")

    with pytest.raises(ValidationError, match="prot"):
        load_settings(config)
