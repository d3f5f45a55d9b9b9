"""Where a fix lies against a venue's fence. It informs; it never stops anybody."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from field_app.domain.place import Location
from field_app.domain.text import Line, WireInstant

USELESS_ACCURACY_M = 300.0


class FenceVerdict(StrEnum):
    INSIDE = "inside"
    NEAR = "near"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


def _zero_for_null(accuracy_m: Any) -> Any:
    return 0 if accuracy_m is None else accuracy_m


class Fix(BaseModel):
    """One position, taken at the tap. Degrees on WGS-84; `accuracy_m` is a 68 % radius.

    0 means "not available" (Android `Location.getAccuracy`), as do null, which is read as 0,
    and the negative numbers of iOS (`CLLocation.horizontalAccuracy`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy_m: Annotated[float, BeforeValidator(_zero_for_null)]
    captured_at: WireInstant
    provider: Annotated[Line, StringConstraints(max_length=40)] | None = None
    mocked: bool = False


class Fence(BaseModel):
    """The pin and radius that a position is judged against."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    radius_m: int = Field(ge=1, le=100_000)


def fence_of(place: Location | None) -> Fence | None:
    """The venue's fence, or None where nobody has set its pin."""
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return Fence(
        latitude=place.latitude, longitude=place.longitude, radius_m=place.geofence_radius_m
    )


def distance_m(fix: Fix, fence: Fence) -> float:
    """Metres on the WGS-84 ellipsoid (geopy `geodesic`: Karney 2013)."""
    from geopy.distance import geodesic  # takes long to import, and only a check-in needs it

    here, pin = (fix.latitude, fix.longitude), (fence.latitude, fence.longitude)
    return float(geodesic(here, pin).meters)


def fence_verdict(fix: Fix | None, fence: Fence | None) -> FenceVerdict:
    """Inside, near, outside or unknown. Only an accuracy between 0 and 300 m proves anything."""
    if fix is None or fence is None or not 0 < fix.accuracy_m < USELESS_ACCURACY_M:
        return FenceVerdict.UNKNOWN
    beyond_m = distance_m(fix, fence) - fence.radius_m
    if beyond_m <= 0:
        return FenceVerdict.INSIDE
    return FenceVerdict.NEAR if beyond_m <= fix.accuracy_m else FenceVerdict.OUTSIDE
