"""What a run says: one table of figures."""

from bench.figures import Figure
from bench.load.day import VISIBLE_MIN
from bench.load.gauge import slope
from bench.load.run import Phase, Result, percentile

OPERATIONS_A_DAY = 5
"""Of one device: an answer to an offer, in, out, and two of reports and kits."""
LONG_H = 0.5


def figures(result: Result, devices: int) -> list[Figure]:
    hour = result.phases["hour"]
    told = [_syncs(name, phase) for name, phase in result.phases.items() if "ramp" not in name]
    told += [_latency("a first sync", result.phases["arriving"].took.get("first", []), "")]
    told += [
        _latency("a sync without operations", hour.took.get("without", []), "< 500"),
        _latency("a sync with an operation", hour.took.get("with an operation", []), "< 500"),
        _latency("a sync over a bad link", hour.took.get("bad link", []), ""),
    ]
    told += [_errors(result), _kept(result), _streams(result, devices), _memory(result)]
    told += [_postgres_memory(result), _busy(hour)]
    if result.steps:
        told += [_limit(result), *_device_day(result)]
    return told


def is_good(result: Result) -> bool:
    """No error, nothing lost and nothing left undone."""
    return not (result.record.errors or result.missing or result.unsettled)


def growth(result: Result) -> Figure:
    """A line through the server's memory over time, its first tenth left out."""
    points = result.samples[len(result.samples) // 10 :]
    what = "memory of the server grows, by a line through every sample"
    hours = points[-1][0] - points[0][0] if points else 0.0
    aim = "< 2" if hours > LONG_H else ""  # minutes say nothing of a day
    return Figure(what, slope(points), "MB/h", more=f"{len(points)} samples", target=aim)


def _syncs(name: str, phase: Phase) -> Figure:
    more = f"{phase.syncs:,} in {phase.seconds:.0f} s, {phase.woken:,} wake-ups"
    return Figure(f"syncs a second, {name}", phase.syncs / phase.seconds, "1/s", more=more)


def _latency(what: str, took: list[float], target: str) -> Figure:
    p50, p95, p99 = (percentile(took, each) * 1000 for each in (0.5, 0.95, 0.99))
    more = f"p50 {p50:,.0f}, p99 {p99:,.0f} ms, {len(took):,} of them"
    return Figure(f"{what}, p95", p95, "ms", more=more, target=target)


def _errors(result: Result) -> Figure:
    errors = result.record.errors
    told = [f"{n} {what}" for what, n in errors.most_common()]
    if result.unsettled:
        told.append(f"{result.unsettled} devices not done in time")
    more = ", ".join(told) or "none"
    more += f"; {result.record.torn:,} answers torn on purpose"
    return Figure("errors", errors.total() + result.unsettled, "", more=more, target="0")


def _kept(result: Result) -> Figure:
    more = f"of {len(result.record.acknowledged):,} acknowledged, {result.record.saved:,} saved"
    return Figure("acknowledged and not in the database", len(result.missing), "", None, more, "0")


def _streams(result: Result, devices: int) -> Figure:
    grown = result.memory_mb["with streams"] - result.memory_mb["before"]
    each = grown * 1024 / max(1, result.streams)
    more = f"{each:.0f} kB of server memory each, first syncs included"
    return Figure("streams open", result.streams, "", more=more, target=f">= {devices:,}")


def _memory(result: Result) -> Figure:
    memory = result.memory_mb
    more = f"{memory['before']:.0f} before, {memory['with streams']:.0f} once all streams were open"
    return Figure("memory of the server afterwards", memory["after"], "MB", more=more)


def _postgres_memory(result: Result) -> Figure:
    return Figure("memory of PostgreSQL, shared pages once", result.postgres_mb, "MB")


def _busy(phase: Phase) -> Figure:
    server, postgres, devices = (
        each / phase.seconds
        for each in (phase.spent.server, phase.spent.postgres, phase.spent.devices)
    )
    more = f"PostgreSQL {postgres:.2f}, the simulated devices {devices:.2f}"
    return Figure("cores busy in the busiest hour: the server", server, "cores", more=more)


def _limit(result: Result) -> Figure:
    """The last rate at which p95 held, and what was busy at the first at which it did not."""
    held = [
        phase.syncs / phase.seconds
        for phase in result.steps.values()
        if percentile(phase.good(), 0.95) < 0.5
    ]
    last = list(result.steps.values())[-1]
    p95 = percentile(last.good(), 0.95) * 1000
    server, postgres, devices = (
        each / last.seconds for each in (last.spent.server, last.spent.postgres, last.spent.devices)
    )
    more = (
        f"then p95 {p95:,.0f} ms at {last.syncs / last.seconds:.0f}/s: server {server:.2f} cores, "
        f"PostgreSQL {postgres:.2f}, devices {devices:.2f}"
    )
    return Figure("idle syncs a second until p95 > 500 ms", max(held, default=0), "1/s", more=more)


def _device_day(result: Result) -> list[Figure]:
    """From the idle ramp what a sync costs, from the busiest hour what an operation adds to it."""
    steps, hour = list(result.steps.values()), result.phases["hour"]
    first = steps[0]
    idle_s = (first.spent.server + first.spent.postgres) / max(1, first.syncs)
    idle_bytes = first.bytes_on_wire / max(1, first.syncs)
    operations = max(1, len(hour.took.get("with an operation", [])))
    idling = hour.syncs - operations - hour.woken
    operation_s = (hour.spent.server + hour.spent.postgres - idling * idle_s) / operations
    operation_bytes = (hour.bytes_on_wire - idling * idle_bytes) / operations
    arriving = result.phases["arriving"]
    arrivals = len(arriving.took.get("first", [])) or 1
    first_s = (arriving.spent.server + arriving.spent.postgres) / arrivals
    day_s = VISIBLE_MIN * idle_s + OPERATIONS_A_DAY * operation_s + first_s
    day_bytes = VISIBLE_MIN * idle_bytes + OPERATIONS_A_DAY * operation_bytes
    day_bytes += arriving.bytes_on_wire / arrivals
    split = first.spent.server / max(1, first.syncs) * 1000
    return [
        Figure(
            "CPU of a sync when nothing changed",
            idle_s * 1000,
            "ms",
            more=f"{split:.1f} of them the server's, {idle_bytes:.0f} bytes both ways",
        ),
        Figure(
            "CPU of an operation, with all the syncs that it wakes",
            operation_s * 1000,
            "ms",
            more=f"{hour.woken / operations:.1f} wake-ups each, {operation_bytes:,.0f} bytes",
        ),
        Figure(
            "a device's day: CPU of server and PostgreSQL",
            day_s,
            "s",
            more=f"{day_bytes / 1024:,.0f} kB; {86400 / day_s:,.0f} device-days a day of one core",
        ),
    ]
