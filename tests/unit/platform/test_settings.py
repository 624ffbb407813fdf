"""Settings: from the environment, checked when the process starts."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from crossing.platform.settings import CapitalSettings, PostSettings


def test_every_setting_of_both_services_says_what_it_is_for() -> None:
    for settings in (PostSettings, CapitalSettings):
        undescribed = [name for name, field in settings.model_fields.items() if not field.description]
        assert undescribed == []


def test_settings_come_from_the_environment_of_their_own_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSING_POST_PORT", "9000")
    monkeypatch.setenv("CROSSING_POST_DATA", "/srv/post")
    assert PostSettings().port == 9000
    assert PostSettings().data == Path("/srv/post")
    assert CapitalSettings().port == 8500


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CROSSING_POST_PORT", "0"),
        ("CROSSING_POST_PORT", "70000"),
        ("CROSSING_POST_LOG_LEVEL", "CHATTY"),
        ("CROSSING_POST_BRIDGE_TIMEOUT_S", "0"),
        ("CROSSING_POST_FACES_WANTED_FMR", "0.5"),
        ("CROSSING_POST_LEGAL_BASIS", ""),
    ],
)
def test_a_value_out_of_its_range_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        PostSettings()


def test_an_unknown_setting_is_refused_rather_than_ignored() -> None:
    with pytest.raises(ValidationError):
        PostSettings(dat=Path("elsewhere"))  # type: ignore[call-arg]


def test_the_master_key_lies_with_the_data_unless_it_is_put_elsewhere() -> None:
    assert PostSettings(data=Path("/srv")).master_key_path() == Path("/srv/keys/master.key")
    assert CapitalSettings(data=Path("/srv"), master_key=Path("/stick/key")).master_key_path() == Path("/stick/key")


def test_secrets_are_not_shown_when_settings_are_printed() -> None:
    settings = PostSettings(agent_token="s3cret-token")
    assert "s3cret-token" not in repr(settings)
    assert "s3cret-token" not in str(settings)
