"""Where the app sends anything: to the office it was told of, over TLS, and nowhere else."""

import datetime as dt
import ipaddress
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from field_app.domain.wire import DeviceCard, SignInRequest
from field_app.sync.address import BadAddress, server_address
from field_app.sync.client import SyncClient
from field_app.sync.errors import Offline, ProtocolBroken, SyncError
from server_stub.settings import ServerSettings

ROOT = Path(__file__).parents[2]
TOKEN = "canary-token-4711"
CARD = DeviceCard(id=uuid4(), name="n", platform="p", app_version="1")
REQUEST = SignInRequest(email="a@b.example", password=TOKEN, device=CARD)


@pytest.mark.parametrize(
    "said",
    [
        "https://field.example",
        "https://field.example:8443/field",
        "http://127.0.0.1:8551",
        "http://localhost:8551/",
        "http://[::1]:8551",
        "http://192.168.1.7:8551",
        "http://10.0.0.2",
        "https://xn--bcher-kva.example",
    ],
)
def test_an_address_over_tls_or_close_by_is_used(said: str) -> None:
    assert server_address(said) == said.rstrip("/")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("http://field.example", "Use https"),
        ("http://169.254.169.254/latest", "Use https"),
        ("http://0.0.0.0:8551", "Use https"),
        ("http://8.8.8.8", "Use https"),
        ("http://2130706433", "Use https"),
        ("http://0x7f.1", "Use https"),
        ("http://127.0.0.1.evil.example", "Use https"),
        ("http://localhost.evil.example", "Use https"),
        ("http://[fe80::1]", "Use https"),
        ("https://field.example@evil.example", "no user name"),
        ("http://127.0.0.1:8551@evil.example", "no user name"),
        ("https://user:secret@field.example", "no user name"),
        ("file:///etc/passwd", "begins with https"),
        ("ftp://field.example", "begins with https"),
        ("javascript:alert(1)", "begins with https"),
        ("field.example", "begins with https"),
        ("//field.example", "begins with https"),
        ("https://", "begins with https"),
        ("", "begins with https"),
        ("https://f\u0456eld.example", "look like others"),
        ("https://field.example\\@evil.example", "blanks"),
        ("https://field.example evil.example", "blanks"),
        ("https://field.example\r\nhost: evil", "blanks"),
        ("https://field.example/?next=https://evil.example", "question mark"),
        ("https://field.example/#x", "hash"),
        ("https://field.example:99999", "no address"),
        ("https://[::1", "no address"),
    ],
)
def test_any_other_address_is_refused_in_words(said: str, why: str) -> None:
    with pytest.raises(BadAddress, match=why):
        server_address(said)


def test_the_app_does_not_start_with_an_address_it_cannot_trust() -> None:
    command = [sys.executable, "-m", "field_app.main", "--server", "http://field.example"]

    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert told.returncode == 1
    assert "http://field.example is not an address the app can use. Use https" in told.stderr


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("certificates")
    return {
        "good": certificate(folder / "good.pem", "127.0.0.1"),
        "wrong host": certificate(folder / "wrong.pem", "10.1.2.3"),
        "expired": certificate(folder / "expired.pem", "127.0.0.1", days=-1),
    }


def certificate(path: Path, host: str, days: int = 1) -> Path:
    """A self-made certificate of an address, with its key, valid until so many days from now."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Field")])
    address = x509.IPAddress(ipaddress.ip_address(host))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=3))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@contextmanager
def office(certificate: Path | None, answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Something that answers one request with these bytes; its address, and what it was sent."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if certificate is not None:
            context.load_cert_chain(certificate)

        def serve() -> None:
            try:
                plain, _ = listening.accept()
                wrap = context.wrap_socket if certificate else _as_it_is
                with plain, wrap(plain, server_side=True) as connection:
                    heard.append(_whole(connection))
                    connection.sendall(answer)
            except OSError:
                return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        scheme = "http" if certificate is None else "https"
        yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}", heard
        with socket.create_connection(listening.getsockname()):
            pass  # so that nobody waits for a request that never came
        thread.join(10)


def _as_it_is(plain: socket.socket, *, server_side: bool) -> socket.socket:
    return plain


def _whole(connection: socket.socket) -> bytes:
    """One request: its head, and as many bytes after it as that says."""
    said = connection.recv(65536)
    while said and b"\r\n\r\n" not in said:
        said += connection.recv(65536)
    head, _, body = said.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head, re.I)
    while found and len(body) < int(found[1]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


REFUSES = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"


def trusting(certificate: Path) -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport(verify=ssl.create_default_context(cafile=str(certificate)))


@pytest.mark.parametrize("which", ["self-signed", "wrong host", "expired"])
async def test_who_cannot_prove_to_be_the_office_hears_nothing(
    certificates: dict[str, Path], which: str
) -> None:
    shown = certificates["good" if which == "self-signed" else which]
    transport = None if which == "self-signed" else trusting(shown)
    with office(shown, REFUSES) as (url, heard):
        client = SyncClient(url, transport)

        with pytest.raises(Offline, match="cannot prove to be the office"):
            await client.sign_in(REQUEST)

        await client.aclose()
    assert not any(TOKEN.encode() in each for each in heard)


async def test_who_can_prove_it_does(certificates: dict[str, Path]) -> None:
    """Without this, the test above would pass where nobody can ever connect."""
    with office(certificates["good"], REFUSES) as (url, heard):
        client = SyncClient(url, trusting(certificates["good"]))

        with pytest.raises(SyncError, match="sign in again"):
            await client.sign_in(REQUEST)

        await client.aclose()
    assert TOKEN.encode() in heard[0]


def redirecting_to(place: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n".encode()


async def test_a_redirect_is_not_followed_with_anything_that_is_secret() -> None:
    with (
        office(None, b"") as (elsewhere, heard),
        office(None, redirecting_to(elsewhere)) as (url, _),
    ):
        client = SyncClient(url)

        with pytest.raises(SyncError):
            await client.sign_in(REQUEST)

        await client.aclose()
    assert b"".join(heard).strip() == b""


async def test_a_photo_is_fetched_where_the_office_points_to_without_the_token() -> None:
    picture = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\njpg"
    with (
        office(None, picture) as (bucket, heard),
        office(None, redirecting_to(f"{bucket}/key?signature=1")) as (url, asked),
    ):
        client = SyncClient(url)

        content = await client.photo(TOKEN, "a" * 64, thumb=False)

        await client.aclose()
    assert content == b"jpg"
    assert TOKEN.encode() in asked[0]
    assert TOKEN.encode() not in heard[0]


@pytest.mark.parametrize(
    "place",
    ["http://169.254.169.254/latest", "http://bucket.example/key", "file:///etc/passwd"],
)
async def test_a_photo_is_not_fetched_from_a_place_that_is_not_safe(place: str) -> None:
    with office(None, redirecting_to(place)) as (url, _):
        client = SyncClient(url)

        with pytest.raises(ProtocolBroken, match="not safe"):
            await client.photo(TOKEN, "a" * 64, thumb=False)

        await client.aclose()


FETCHERS = "httpx|requests|urllib\\.request|urllib3|aiohttp|socket"
SPEAKS = re.compile(rf"^\s*(?:import|from) ({FETCHERS})\b", re.M)


def test_the_server_fetches_nothing_from_anywhere() -> None:
    """No request can make it: it has nothing to fetch with. (The demo waits for its children.)"""
    files = [f for f in (ROOT / "server_stub").rglob("*.py") if "demo" not in f.parts]

    assert len(files) > 50
    assert [f.name for f in files if SPEAKS.search(f.read_text())] == []


def test_no_setting_of_the_server_is_an_address_that_it_would_call() -> None:
    """Of the settings only the database and the bucket are called; the public one is printed."""
    named = {
        name for name in ServerSettings.model_fields if name.endswith(("url", "store", "host"))
    }

    assert named - {"database_url_replica"} == {"database_url", "photo_store", "public_url"}
    for place in ("http://169.254.169.254", "file:///etc", "https://u@h"):
        with pytest.raises(ValueError, match="a folder or s3://"):
            ServerSettings(database_url="postgresql://x", photo_store=place)
