"""The kits of the demo: five templates and twenty instances."""

from typing import Any, Final
from uuid import UUID

from field_app.domain.kit import KitInstance, KitInstanceStatus, KitTemplate
from server_stub.demo.people import AGENCY, HALCYON, LUMEN, TERRA, demo_id

SAMPLING: Final = "Cold brew sampling kit"
BAR: Final = "Zero-proof bar kit"
FOOTWEAR: Final = "Trail demo kit"
SPEAKER: Final = "Speaker set"
TENT: Final = "10-foot tent"

# template: brand, serial numbers, components as (name, quantity, consumable, metric)
_Part = tuple[str, int, bool] | tuple[str, int, bool, str]
_TEMPLATES: Final[dict[str, tuple[str, list[str], list[_Part]]]] = {
    SAMPLING: (
        LUMEN,
        ["LCB-SAMP-0001", "LCB-SAMP-0002", "LCB-SAMP-0003", "LCB-SAMP-0004"],
        [
            ("Pump dispenser", 2, False),
            ("Cooler", 1, False),
            ("Counter banner", 1, False),
            ("Sample cup", 400, True, "samples"),
            ("Napkin", 400, True),
        ],
    ),
    BAR: (
        HALCYON,
        ["HZ-BAR-0101", "HZ-BAR-0102", "HZ-BAR-0103", "HZ-BAR-0104"],
        [
            ("Folding bar", 1, False),
            ("Shaker", 4, False),
            ("LED sign", 1, False),
            ("Coaster", 200, True, "drinks"),
        ],
    ),
    FOOTWEAR: (
        TERRA,
        ["TT-DEMO-0201", "TT-DEMO-0202", "TT-DEMO-0203", "TT-DEMO-0204"],
        [
            ("Demo pair", 24, False),
            ("Incline board", 1, False),
            ("Foot scanner", 1, False),
            ("Sock liner", 100, True, "trials"),
        ],
    ),
    SPEAKER: (
        AGENCY,
        ["AV-S-0301", "AV-S-0302", "AV-S-0303", "AV-S-0304"],
        [("Speaker", 2, False), ("Stand", 2, False), ("Cable set", 1, False)],
    ),
    TENT: (
        AGENCY,
        ["TENT-10-0401", "TENT-10-0402", "TENT-10-0403", "TENT-10-0404"],
        [("Frame", 1, False), ("Roof", 1, False), ("Weight", 4, False)],
    ),
}

_ELSEWHERE = {
    "HZ-BAR-0104": KitInstanceStatus.MISSING,
    "TT-DEMO-0204": KitInstanceStatus.MAINTENANCE,
    "TENT-10-0404": KitInstanceStatus.RETIRED,
}


def template_id(name: str) -> UUID:
    return demo_id("kit template", name)


def instance_id(serial_number: str) -> UUID:
    return demo_id("kit", serial_number)


def serial_numbers(template: str) -> list[str]:
    return _TEMPLATES[template][1]


def templates() -> list[KitTemplate]:
    return [
        KitTemplate(
            id=template_id(name),
            name=name,
            brand_id=demo_id("organization", brand),
            components=[_component(*component) for component in components],
            approval_status="approved",
        )
        for name, (brand, _, components) in _TEMPLATES.items()
    ]


def instances() -> list[KitInstance]:
    return [
        KitInstance(
            id=instance_id(serial),
            template_id=template_id(name),
            serial_number=serial,
            status=_ELSEWHERE.get(serial, KitInstanceStatus.AVAILABLE),
        )
        for name, (_, serials, _) in _TEMPLATES.items()
        for serial in serials
    ]


def whole(template: str, *, is_used: bool = False) -> dict[str, int]:
    """The counts of a complete kit; after an event about a third of what is used up is left."""
    return {
        part[0]: round(part[1] * 0.31) if is_used and part[2] else part[1]
        for part in _TEMPLATES[template][2]
    }


def metrics(template: str) -> dict[str, int]:
    """What an ordinary event uses up, by metric."""
    full, left = whole(template), whole(template, is_used=True)
    parts = [part for part in _TEMPLATES[template][2] if len(part) == 4]
    return {part[3]: full[part[0]] - left[part[0]] for part in parts if len(part) == 4}


def _component(
    name: str, quantity: int, consumable: bool, metric: str | None = None
) -> dict[str, Any]:
    part: dict[str, Any] = {"name": name, "quantity": quantity, "consumable": consumable}
    return part | {"metric": metric} if metric else part
