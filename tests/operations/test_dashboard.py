"""The dashboard and the alerts name what the server measures: nothing else, nothing less."""

import json
import re
from pathlib import Path

import httpx
import pytest
import yaml

from tests.support.sync_server import serving

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = re.compile(r"fieldkit_\w+")
WORDS = re.compile(r"[a-z_]\w*", re.IGNORECASE)
SERIES = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("",), "gauge": ("",)}
"""What Prometheus keeps of a metric, after the name that the page gives it."""
PROMQL = {"sum", "by", "rate", "max", "count", "histogram_quantile", "le", "offset"}
QUOTED_OR_LENGTH = re.compile(r'"[^"]*"|\[\w+\]|offset \w+')


def expressions() -> list[str]:
    """Every PromQL expression that is loaded from these files."""
    board = json.loads((DEPLOY / "grafana/fieldkit.json").read_text("utf-8"))
    alerts = yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text("utf-8"))
    shown = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return shown + [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]


def named(expression: str) -> set[str]:
    return set(NAME.findall(expression))


@pytest.fixture
def measured(database_url: str) -> dict[str, set[str]]:
    """The series of each metric that a server tells of."""
    with serving(database_url) as url:
        page = httpx.get(f"{url}/metrics").text
    found = re.findall(r"^# TYPE (fieldkit_\w+) (\w+)", page, re.M)
    return {
        name: {name + part for part in SERIES[kind]}
        for name, kind in found
        if not name.endswith("_created")
    }


def test_only_series_that_there_are_are_named(measured: dict[str, set[str]]) -> None:
    there = set().union(*measured.values())

    assert {each: named(each) - there for each in expressions() if named(each) - there} == {}
    assert all(named(each) for each in expressions())


def test_the_dashboard_shows_all_that_is_measured(measured: dict[str, set[str]]) -> None:
    text = (DEPLOY / "grafana/fieldkit.json").read_text("utf-8")

    assert [name for name, series in measured.items() if not series & named(text)] == []


def test_only_labels_that_there_are_are_named() -> None:
    """`instance` is of Prometheus itself."""
    labels = {"method", "route", "status", "code", "outcome", "version", "instance"}

    for each in expressions():
        words = set(WORDS.findall(QUOTED_OR_LENGTH.sub("", each))) - PROMQL
        assert words - named(each) - labels == set(), each
