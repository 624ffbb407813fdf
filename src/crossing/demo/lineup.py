"""The eight processes of the demonstration: how each is started, and how to tell that it is ready."""

import socket
from typing import Final

from crossing.demo import material
from crossing.demo.client import answers
from crossing.demo.foundation import Foundation
from crossing.demo.processes import Service, command
from crossing.demo.settings import Place, Ports
from crossing.platform.settings import CapitalSettings, PostSettings

_FURTHER_DEVICES: Final = """
[[device]]
id = "chip-reader"
driver = "chip"
options = {{ reader = "vpcd://127.0.0.1:{chip}", wait = 2 }}

[[device]]
id = "finger-scanner"
driver = "sbi"
options = {{ url = "http://127.0.0.1:{fingers}", trust = "{authority}" }}
"""
"""The reader does not wait long for a chip: some travellers have none, and nobody lays a document on it later."""


def surroundings(place: Place, ports: Ports, foundation: Foundation) -> list[Service]:
    """Simulated devices, a simulated bureau and the bridge: what a post finds around it."""
    config = place.devices / "devices.toml"
    tls = place.bridge / "tls"
    return [
        Service(
            "simulated devices",
            [
                command("crossing-devices"),
                "simulate",
                f"--token-file={foundation.token_file}",
                f"--scanner-port={ports.scanner}",
                f"--camera-port={ports.camera}",
                f"--write-config={config}",
            ],
            place.logs / "simulated-devices.log",
            lambda: config.exists() and _listens(ports.camera),
        ),
        Service(
            "virtual passport",
            [
                command("python"),
                "-m",
                "crossing_devices.simulated.passport",
                f"--token-file={foundation.token_file}",
                f"--port={ports.passport}",
                f"--reader=127.0.0.1:{ports.chip}",
                f"--trust={place.master_list}",
                "--empty",
            ],
            place.logs / "virtual-passport.log",
            lambda: place.master_list.exists() and _listens(ports.passport),
        ),
        Service(
            "finger scanner",
            [
                command("python"),
                "-m",
                "crossing_devices.simulated.sbi",
                f"--token-file={foundation.token_file}",
                f"--trust-out={place.finger_authority}",
                f"--port={ports.fingers}",
            ],
            place.logs / "finger-scanner.log",
            lambda: _listens(ports.fingers),
        ),
        Service(
            "simulated bureau",
            [
                command("interpol-bridge"),
                "simulate",
                str(material.bureau_scenario(place)),
                f"--port={ports.bureau}",
                f"--asked-log={place.bridge / 'asked.jsonl'}",
            ],
            place.logs / "simulated-bureau.log",
            lambda: _listens(ports.bureau),
        ),
        Service(
            "INTERPOL bridge",
            [
                command("interpol-bridge"),
                "serve",
                f"--port={ports.bridge}",
                f"--tls-certificate={tls / 'bridge.pem'}",
                f"--tls-key={tls / 'bridge.key'}",
                f"--client-ca={tls / 'authority' / 'authority.pem'}",
                f"--data-folder={place.bridge / 'data'}",
                f"--backend-url=http://127.0.0.1:{ports.bureau}",
            ],
            place.logs / "bridge.log",
            lambda: _listens(ports.bridge),
        ),
    ]


def device_agent(place: Place, ports: Ports) -> Service:
    """The agent, once the simulated devices have written its configuration; the others are added to it."""
    config = place.devices / "devices.toml"
    others = _FURTHER_DEVICES.format(chip=ports.chip, fingers=ports.fingers, authority=place.finger_authority)
    config.write_text(config.read_text(encoding="utf-8") + others, encoding="utf-8")
    return Service(
        "device agent",
        [
            command("crossing-devices"),
            "agent",
            f"--config={config}",
            f"--token-file={place.devices / 'token'}",
            f"--port={ports.agent}",
        ],
        place.logs / "device-agent.log",
        lambda: _listens(ports.agent),
    )


def capital(place: Place, ports: Ports, foundation: Foundation, database_url: str) -> Service:
    return Service(
        "capital",
        [command("crossing"), "capital"],
        place.logs / "capital.log",
        lambda: answers(f"http://127.0.0.1:{ports.capital}") and _listens(ports.capital_machines),
        # The URL has no password: the embedded server listens on a socket in its own folder.
        {**_environment("CROSSING_CAPITAL_", foundation.capital), "CROSSING_CAPITAL_DATABASE_URL": database_url},
    )


def post(place: Place, ports: Ports, foundation: Foundation) -> Service:
    return Service(
        "post",
        [command("crossing"), "post"],
        place.logs / "post.log",
        lambda: answers(f"http://127.0.0.1:{ports.post}"),
        _environment("CROSSING_POST_", foundation.post),
    )


def _environment(prefix: str, settings: CapitalSettings | PostSettings) -> dict[str, str]:
    """Settings as a process reads them; those left at their default are left out."""
    changed = settings.model_dump(mode="json", include=settings.model_fields_set, exclude={"database_url"})
    return {f"{prefix}{name.upper()}": str(value) for name, value in changed.items() if value is not None}


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
