"""The files that put a server somewhere speak of settings and commands that there are."""

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from server_stub.cli import app
from server_stub.settings import ServerSettings
from tools.configuration import variable

ROOT = Path(__file__).parent.parent.parent
COMPOSE = ROOT / "compose.yaml"
IMAGE = ROOT / "Dockerfile"
UNIT = ROOT / "deploy" / "systemd" / "fieldkit-server.service"
PROXY = ROOT / "deploy" / "caddy" / "Caddyfile"


def services() -> dict[str, dict[str, object]]:
    return yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]  # type: ignore[no-any-return]


def test_the_composed_servers_are_given_settings_that_there_are() -> None:
    known = {variable(name, field) for name, field in ServerSettings.model_fields.items()}

    given = {name for name in services()["server-1"]["environment"] if name[:4] != "AWS_"}

    assert given <= known
    assert {"DATABASE_URL", "PHOTO_STORE", "FIELD_TRUSTED_PROXIES"} <= given


def test_the_proxy_knows_every_composed_server() -> None:
    servers = {name for name in services() if name.startswith("server-")}

    assert set(re.findall(r"(server-\d+):8551", PROXY.read_text("utf-8"))) == servers
    assert len(servers) == 2


def test_every_secret_asked_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text("utf-8")))
    example = (ROOT / "deploy" / "example.env").read_text("utf-8")

    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


@pytest.mark.parametrize("file", [COMPOSE, IMAGE, UNIT], ids=lambda file: file.name)
def test_commands_are_those_of_the_server(file: Path) -> None:
    wanted = set(re.findall(r'sync-server"?,? "?([a-z]+)', file.read_text("utf-8")))
    assert wanted

    for command in wanted:
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0, command


def test_the_image_takes_what_it_needs_and_no_more() -> None:
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", IMAGE.read_text("utf-8"), re.MULTILINE)
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)

    assert {name for line in copied for name in line.split()} == set(let_in)
