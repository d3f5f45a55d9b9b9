"""Venues."""

from typing import ClassVar

from field_app.domain.records import Json, MaybeInstant, Record

DEFAULT_RADIUS_M = 150


class Location(Record):
    """A venue with pin (degrees, WGS-84), IANA zone and fence (metres), which the seed lacks."""

    table: ClassVar[str] = "locations"

    name: str
    address: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    contact_info: Json = None
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str | None = None
    geofence_radius_m: int = DEFAULT_RADIUS_M
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
