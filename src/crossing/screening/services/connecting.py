"""How a service is reached: its address, what it is shown, whom it has to be."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from crossing.screening.services.description import Description, Tls

_MAX_SECRET: Final = 4096


def base_and_path(url: str) -> tuple[str, str]:
    """The address of the machine, and what is asked for there, a query included."""
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{parts.scheme}://{parts.netloc}", f"{path}?{parts.query}" if parts.query else path


def context_of(tls: Tls) -> ssl.SSLContext:
    """TLS 1.2 at least: not every ministry's service speaks 1.3 yet.

    Raises OSError (``ssl.SSLError`` is one) where the files can't be used.
    """
    context = ssl.create_default_context(cafile=str(tls.authority) if tls.authority else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.certificate is not None and tls.key is not None:
        # A key that wants a passphrase would have it asked for at a terminal that nobody sits at.
        context.load_cert_chain(str(tls.certificate), str(tls.key), password="")
    return context


def named_files(description: Description) -> Iterator[tuple[str, Path]]:
    """The files for TLS that a description names, by what they are."""
    yield from description.tls.model_dump(exclude_none=True).items()


def secret_of(description: Description) -> dict[str, str]:
    """The header with the secret; none where the service wants none.

    Raises OSError where the file can't be read, ValueError where it is not one line of ASCII.
    """
    secret = description.secret
    if secret is None:
        return {}
    content = secret.file.read_bytes()
    text = content.decode("ascii", "replace").strip()
    if not text or len(content) > _MAX_SECRET or not (text.isascii() and text.isprintable()):
        raise ValueError(f"{secret.file} is not one line of ASCII")
    return {secret.header: secret.prefix + text}
