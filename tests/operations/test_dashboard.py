"""The dashboard and the alerts name what the server measures: nothing else, nothing less."""

import re
from pathlib import Path

import httpx
import pytest

from tests.support.sync_server import serving

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = re.compile(r"fieldkit_\w+")
PART = re.compile("_(bucket|count|sum|created|total)$")


def named_in(file: str) -> set[str]:
    return {PART.sub("", name) for name in NAME.findall((DEPLOY / file).read_text("utf-8"))}


@pytest.fixture
def measured(database_url: str) -> set[str]:
    with serving(database_url) as url:
        page = httpx.get(f"{url}/metrics").text
    return {PART.sub("", name) for name in re.findall(r"^# TYPE (fieldkit_\w+)", page, re.M)}


def test_the_dashboard_shows_all_that_is_measured(measured: set[str]) -> None:
    assert named_in("grafana/fieldkit.json") == measured


def test_alerts_name_only_what_is_measured(measured: set[str]) -> None:
    assert named_in("prometheus/alerts.yaml") - measured == set()
