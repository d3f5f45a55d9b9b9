"""What Prometheus is told: this process's own counts, and how the devices do as the database knows.

Of several workers (workers.py) whichever is asked adds up what all of them counted.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, text

from field_app.domain.wire import Verdict
from server_stub import workers
from server_stub.problems import ProblemError

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

FLEET = text("""
    SELECT
        (SELECT count(*) FROM sync_operations WHERE status = 'parked') AS parked_operations,
        count(*) FILTER (WHERE last_seen_at > now() - interval '1 day') AS devices_seen_last_day,
        count(*) FILTER (WHERE (health->>'pending')::int > 0) AS devices_with_unsent_work,
        coalesce(max((health->>'oldest_pending_s')::bigint)
            FILTER (WHERE last_seen_at > now() - interval '1 day'), 0) AS oldest_pending_seconds,
        coalesce(sum((health->>'repairs')::bigint), 0) AS mirror_repairs,
        coalesce(sum((health->>'photos_pending')::bigint), 0) AS photos_pending
    FROM devices WHERE revoked_at IS NULL
""")
MEANINGS = {
    "parked_operations": "Operations that wait for an operator",
    "devices_seen_last_day": "Devices that were heard from within a day",
    "devices_with_unsent_work": "Devices that said of themselves that something is not sent yet",
    "oldest_pending_seconds": "Age of the oldest unsent operation that a device of today told of",
    "mirror_repairs": "Mirrors that healed themselves, as devices tell; each hides a fault",
    "photos_pending": "Photos that devices still owe",
}


class Metrics:
    """The counts of one server process."""

    def __init__(self) -> None:
        self._registry = counts = CollectorRegistry()
        self._requests = Histogram(
            "fieldkit_request_seconds",
            "Requests by how long they took; streams until they end",
            ["method", "route", "status"],
            buckets=SECONDS,
            registry=counts,
        )
        self._verdicts = Counter(
            "fieldkit_verdicts", "Operations decided", ["status", "code"], registry=counts
        )
        self._pull = Histogram(
            "fieldkit_pull_seconds",
            "Time to find what changed",
            buckets=SECONDS,
            registry=counts,
        )
        self._answered = Counter(
            "fieldkit_sync_answer_bytes",
            "Bytes of sync answers, before zipping",
            registry=counts,
        )
        self._rows = Counter(
            "fieldkit_sync_rows",
            "Rows in sync answers, those taken away apart",
            registry=counts,
        )
        self._sign_ins = Counter(
            "fieldkit_sign_ins",
            "Sign-ins by how they went: ok, or the code of the problem",
            ["outcome"],
            registry=counts,
        )
        self._photo_bytes = Counter(
            "fieldkit_photo_bytes", "Bytes of photos received", registry=counts
        )
        self._streams = Gauge(
            "fieldkit_open_streams",
            "Streams open now",
            multiprocess_mode="livesum",
            registry=counts,
        )
        self._ticks = Counter(
            "fieldkit_ticks", "Runs of what is due by itself", ["outcome"], registry=counts
        )

    def request(self, method: str, route: str, status: int, took_s: float) -> None:
        self._requests.labels(method, route, str(status)).observe(took_s)

    def verdicts(self, verdicts: Iterable[Verdict]) -> None:
        for verdict in verdicts:
            self._verdicts.labels(verdict.status.value, verdict.code or "").inc()

    def pulled(self, took_s: float, size_bytes: int, rows: int) -> None:
        self._pull.observe(took_s)
        self._answered.inc(size_bytes)
        self._rows.inc(rows)

    @contextmanager
    def sign_in(self) -> Iterator[None]:
        outcome = "failed"
        try:
            yield
            outcome = "ok"
        except ProblemError as error:
            outcome = error.problem.code
            raise
        finally:
            self._sign_ins.labels(outcome).inc()

    def photo(self, size_bytes: int) -> None:
        self._photo_bytes.inc(size_bytes)

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Counted by its own worker from beginning to end: any of them may be asked for the sum."""
        self._streams.inc()
        try:
            yield
        finally:
            self._streams.dec()

    def tick(self, outcome: str) -> None:
        """`outcome`: "done" or "failed"."""
        self._ticks.labels(outcome).inc()

    def page(self, engine: Engine) -> bytes:
        """The answer to a scrape, in Prometheus' text format."""
        registry = workers.counted_together() or self._registry
        fleet = CollectorRegistry()
        fleet.register(Fleet(engine))
        return generate_latest(registry) + generate_latest(fleet)


class Fleet(Collector):
    """How the devices do, as the database knows: asked anew at every scrape."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        with self._engine.connect() as connection:
            row = connection.execute(FLEET).one()
        for name, meaning in MEANINGS.items():
            yield GaugeMetricFamily(f"fieldkit_{name}", meaning, value=float(getattr(row, name)))
        pool = GaugeMetricFamily("fieldkit_pool_in_use", "Connections in use in the process asked")
        pool.add_metric([], float(getattr(self._engine.pool, "checkedout", int)()))
        yield pool
        build = GaugeMetricFamily("fieldkit_build", "The version that runs", labels=["version"])
        build.add_metric([version("fieldkit")], 1)
        yield build
