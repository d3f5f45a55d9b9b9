"""What is in a kit: counted when it goes out and when it comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from field_app.domain.activity import Activity
from field_app.domain.kit import ActivityKit, KitTemplate
from field_app.domain.text import Reason

Counts = Annotated[dict[Reason, Annotated[int, Field(ge=0, le=1_000_000)]], Field(max_length=100)]
"""Numbers by component name."""


@dataclass(frozen=True)
class Shortage:
    """A component of which some are not there."""

    name: str
    missing: int

    def __str__(self) -> str:
        return f"{self.missing} \N{MULTIPLICATION SIGN} {self.name}"


def expected(need: ActivityKit, template: KitTemplate | None) -> dict[str, int]:
    """What belongs in the kit, consumables included, for the quantity that is needed."""
    if template is None:
        return {}
    return {part.name: part.quantity * need.quantity for part in template.parts}


def short_of(counted: Mapping[str, int] | None, whole: Mapping[str, int]) -> list[Shortage]:
    """What is missing of what was counted; a component that nobody counted is not missing."""
    return [
        Shortage(name, whole[name] - number)
        for name, number in sorted((counted or {}).items())
        if name in whole and number < whole[name]
    ]


def missing_at_return(
    need: ActivityKit, template: KitTemplate | None, back: Mapping[str, int] | None
) -> list[Shortage]:
    """Durable parts that went out and did not come back."""
    consumables = {part.name for part in template.parts if part.consumable} if template else set()
    went_out = expected(need, template) | numbers(need.counts_out)
    durable = {name: number for name, number in went_out.items() if name not in consumables}
    return short_of(back, durable)


def used(
    need: ActivityKit, template: KitTemplate | None, back: Mapping[str, int] | None
) -> dict[str, int]:
    """Consumables that went out minus what came back, by the metric they count towards."""
    went_out = expected(need, template) | numbers(need.counts_out)
    usage: dict[str, int] = {}
    for part in template.parts if template else []:
        if not part.consumable or back is None or part.name not in back:
            continue
        metric = part.metric or part.name
        spent = max(0, went_out[part.name] - back[part.name])
        usage[metric] = usage.get(metric, 0) + spent
    return usage


def add_metrics(activity: Activity, increments: Mapping[str, float]) -> Activity:
    """The activity with its counters raised; a counter that was no number starts anew."""
    metrics: dict[str, Any] = dict(activity.actual_metrics or {})
    for name, number in increments.items():
        before = metrics.get(name, 0)
        metrics[name] = (before if _is_number(before) else 0) + number
    return activity.revise(actual_metrics=metrics)


def numbers(counts: dict[str, Any] | None) -> dict[str, int]:
    """The readable counts of a stored document."""
    return {name: int(n) for name, n in (counts or {}).items() if _is_number(n)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
