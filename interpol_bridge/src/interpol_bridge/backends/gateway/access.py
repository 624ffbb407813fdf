"""What opens the bureau's door: certificates, revocation lists and credentials, from files that may be renewed."""

import base64
import ssl
import tomllib
from dataclasses import dataclass
from pathlib import Path

from interpol_bridge.backends.gateway.mapping import CREDENTIALS, PLACEHOLDER
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.files import stamp
from interpol_bridge.settings import Settings

READABLE_BY_OTHERS = 0o007


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What the bureau gave out beside the certificate; never shown, never logged."""

    user: str = ""
    password: str = ""
    token: str = ""

    @property
    def named(self) -> dict[str, str]:
        return {"user": self.user, "password": self.password, "token": self.token}

    def fill(self, template: str) -> str:
        """A header with ``{user}``, ``{password}``, ``{token}`` and ``{basic}`` (RFC 7617) filled in.

        :raises ConfigurationError: it needs one that was not given
        """
        known = self.named
        if self.user:
            known["basic"] = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        for name in PLACEHOLDER.findall(template):
            if not known.get(name):
                raise ConfigurationError(
                    f"The mapping sends {{{name}}}: INTERPOL_BRIDGE_GATEWAY_CREDENTIALS lacks it."
                )
        return PLACEHOLDER.sub(lambda found: known[found[1]], template)


def read_credentials(path: Path | None) -> Credentials:
    """The credentials of a TOML file, or none.

    :raises ConfigurationError: it can't be read, others may read it, or it holds something else; it is never quoted
    """
    if path is None:
        return Credentials()
    try:
        if path.stat().st_mode & READABLE_BY_OTHERS:
            raise ConfigurationError(f"The credentials {path} may be read by everybody: chmod 600.")
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"The credentials {path} can't be read: {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise ConfigurationError(f"The credentials {path} are no TOML.") from None
    texts = {name: value for name, value in held.items() if isinstance(value, str) and value.isprintable()}
    if set(held) - CREDENTIALS or texts != held:
        raise ConfigurationError(
            f"The credentials {path} hold texts named user, password and token, and nothing else."
        )
    return Credentials(**texts)


def client_context(settings: Settings) -> ssl.SSLContext:
    """TLS 1.2 or newer that trusts ``gateway_ca`` alone, checks the host's name, and shows the bridge's certificate.

    :raises ConfigurationError: a file is missing, or holds no certificate, key or revocation list
    """
    ca = _file("gateway_ca", settings.gateway_ca)
    certificate = _file("gateway_certificate", settings.gateway_certificate)
    key = _file("gateway_key", settings.gateway_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(ca)
        # A key that wants a password would make OpenSSL ask for it at the terminal.
        context.load_cert_chain(certificate, key, password="")
        if settings.gateway_crl is not None:
            context.load_verify_locations(_file("gateway_crl", settings.gateway_crl))
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    except ssl.SSLError as error:
        raise ConfigurationError(f"The gateway's TLS files don't fit together: {error.reason or error}.") from error
    return context


def stamps(settings: Settings) -> tuple[object, ...]:
    """Changes when one of the files of the gateway is renewed."""
    paths = (
        settings.gateway_ca,
        settings.gateway_certificate,
        settings.gateway_key,
        settings.gateway_crl,
        settings.gateway_credentials,
    )
    return tuple(path and stamp(path) for path in paths)


def _file(name: str, path: Path | None) -> Path:
    if path is None:
        raise ConfigurationError(f"The gateway needs {name}: INTERPOL_BRIDGE_{name.upper()}.")
    if not path.is_file():
        raise ConfigurationError(f"{name}: there is no file {path}.")
    return path
