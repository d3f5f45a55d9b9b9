"""Where the app may send anything: an address over TLS, or a server on this machine or network."""

import ipaddress
from urllib.parse import SplitResult, urlsplit


class BadAddress(ValueError):
    """The message is a sentence for a person."""


def server_address(said: str) -> str:
    """The server's address as it was said, without a slash at its end. Raises BadAddress."""
    parts = _parts(said)
    if parts.query or parts.fragment:
        raise BadAddress("A server's address has no question mark and no hash in it.")
    return said.rstrip("/")


def ensure_safe(url: str) -> None:
    """Raises BadAddress for a place where nothing is fetched from, whoever points there."""
    _parts(url)


def _parts(said: str) -> SplitResult:
    if not said.isascii() or not said.isprintable() or " " in said or "\\" in said:
        raise BadAddress("An address has neither blanks nor letters that look like others.")
    try:
        parts = urlsplit(said)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadAddress("This is no address.") from error
    if parts.scheme not in {"https", "http"} or not host:
        raise BadAddress("A server's address begins with https://, followed by its name.")
    if "@" in parts.netloc:
        raise BadAddress("A server's address has no user name in it: the host follows the @.")
    if parts.scheme == "http" and not _is_near(host):
        raise BadAddress("Use https://. Plain http:// is for a server on this machine or network.")
    return parts


def _is_near(host: str) -> bool:
    """Whether this is written as this machine, or as an address of a private network."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    is_odd = address.is_link_local or address.is_unspecified or address.is_reserved
    return address.is_loopback or (address.is_private and not is_odd)
