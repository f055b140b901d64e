"""Whose certificates are believed, and what is said of one that is not."""

import ssl
from collections.abc import Mapping

from gitstore import addresses
from gitstore.addresses import Address
from gitstore.transport.settings import Settings


def context(environment: Mapping[str, str], settings: Settings, where: Address) -> ssl.SSLContext:
    """Return what checks the certificate of a host: by the authorities that were named, else the system's.

    Args:
        environment: `GIT_SSL_CAINFO` and `GIT_SSL_CAPATH` count most, `SSL_CERT_FILE` and `SSL_CERT_DIR`
            least.
        settings: `http.sslCAInfo` and `http.sslCAPath`.
        where: The address.

    Raises:
        OSError: The authorities cannot be read.
    """
    file, folder = environment.get("GIT_SSL_CAINFO"), environment.get("GIT_SSL_CAPATH")
    if not file and (named := settings.of_web("sslcainfo", where)):
        file = settings.path(named)
    if not folder and (named := settings.of_web("sslcapath", where)):
        folder = settings.path(named)
    return ssl.create_default_context(
        cafile=file or environment.get("SSL_CERT_FILE") or None,
        capath=folder or environment.get("SSL_CERT_DIR") or None,
    )


def not_read(error: OSError) -> str:
    """Return what is said where the authorities cannot be read."""
    reason = "no certificate in it" if isinstance(error, ssl.SSLError) else error.strerror or str(error)
    return f"the certificates of authorities that are set cannot be read ({addresses.shown(reason)})"


def told(error: ssl.SSLError) -> str:
    """Return what is said where no secure connection came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {addresses.shown(error.verify_message)}"
    return f"no secure connection: {addresses.shown((error.reason or str(error)).replace('_', ' ').lower())}"
