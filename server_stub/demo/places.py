"""The venues of the demo, all real."""

from collections.abc import Mapping
from functools import cache
from typing import Final
from uuid import UUID

from field_app.domain.place import Location
from server_stub.demo.people import demo_id

CHELSEA: Final = "Chelsea Market"
GRAND_CENTRAL: Final = "Grand Central Terminal"
JAVITS: Final = "Javits Center"
READING: Final = "Reading Terminal Market"
ARAGON: Final = "Aragon Ballroom"
PHOENIX: Final = "Phoenix Convention Center"

NEW_YORK: Final = "America/New_York"

# name, address, city, state, postal code, latitude, longitude, zone, fence in metres
_VENUES = (
    (CHELSEA, "75 9th Ave", "New York", "NY", "10011", 40.7424, -74.0060, NEW_YORK, 150),
    (GRAND_CENTRAL, "89 E 42nd St", "New York", "NY", "10017", 40.7527, -73.9773, NEW_YORK, 150),
    (JAVITS, "429 11th Ave", "New York", "NY", "10001", 40.7575, -74.0025, NEW_YORK, 350),
    (READING, "1136 Arch St", "Philadelphia", "PA", "19107", 39.9533, -75.1589, NEW_YORK, 120),
    (
        ARAGON,
        "1106 W Lawrence",
        "Chicago",
        "IL",
        "60640",
        41.9695,
        -87.6581,
        "America/Chicago",
        120,
    ),
    (PHOENIX, "100 N 3rd St", "Phoenix", "AZ", "85004", 33.4490, -112.0690, "America/Phoenix", 300),
)


def place_id(name: str) -> UUID:
    return demo_id("place", name)


@cache
def places() -> Mapping[UUID | None, Location]:
    """The venues by id."""
    return {place_id(venue[0]): _place(*venue) for venue in _VENUES}


def _place(
    name: str,
    address: str,
    city: str,
    state: str,
    postal_code: str,
    latitude: float,
    longitude: float,
    time_zone: str,
    geofence_radius_m: int,
) -> Location:
    return Location(
        id=place_id(name),
        name=name,
        address=address,
        city=city,
        state=state,
        postal_code=postal_code,
        country="US",
        latitude=latitude,
        longitude=longitude,
        time_zone=time_zone,
        geofence_radius_m=geofence_radius_m,
    )
