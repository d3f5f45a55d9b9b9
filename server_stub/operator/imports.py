"""People, venues and kits from CSV files: all of a file, or nothing and every reason why."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from server_stub.command import first_line
from server_stub.operator import people
from server_stub.operator.people import NotSo

VENUE = text("""
    SELECT id FROM locations WHERE lower(name) = lower(:name)
        AND lower(COALESCE(address, '')) = lower(COALESCE(:address, ''))
""")
ADD_VENUE = text("""
    INSERT INTO locations (name, address, city, state, postal_code, country, latitude, longitude,
        time_zone, geofence_radius_m)
    VALUES (:name, :address, :city, :state, :postal_code, :country, :latitude, :longitude,
        :time_zone, COALESCE(:geofence_radius_m, 150))
""")
CHANGE_VENUE = text("""
    UPDATE locations SET city = :city, state = :state, postal_code = :postal_code,
        country = :country, latitude = :latitude, longitude = :longitude, time_zone = :time_zone,
        geofence_radius_m = COALESCE(:geofence_radius_m, geofence_radius_m)
    WHERE id = :id AND (city, state, postal_code, country, latitude, longitude, time_zone,
        geofence_radius_m) IS DISTINCT FROM (:city, :state, :postal_code, :country,
        CAST(:latitude AS float8), CAST(:longitude AS float8), :time_zone,
        COALESCE(:geofence_radius_m, geofence_radius_m))
""")
TEMPLATE = text("SELECT id FROM kit_templates WHERE lower(name) = lower(:name)")
KIT = text("SELECT id FROM kit_instances WHERE serial_number = :serial")
ADD_KIT = text("INSERT INTO kit_instances (template_id, serial_number) VALUES (:template, :serial)")
CHANGE_KIT = text("""
    UPDATE kit_instances SET template_id = :template
    WHERE id = :id AND template_id IS DISTINCT FROM :template
""")
Put = Callable[[Connection, dict[str, Any]], str]


@dataclass
class Imported:
    """What became of a file's rows; where there are problems, nothing was kept."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """What a file holds: the names of its columns, and how one row is taken in."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    put: Put


def load(
    engine: Engine,
    kind: Kind,
    file: Path,
    *,
    dry_run: bool,
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Take a file in, in one transaction. Raises NotSo where it cannot be read as a whole."""
    done = Imported()
    with engine.connect() as connection, connection.begin() as transaction:
        for line, row in _rows(kind, file):
            progress(1)
            try:
                with connection.begin_nested():
                    done.counts[kind.put(connection, row)] += 1
            except NotSo as problem:
                done.problems.append(f"line {line}: {problem}")
            except DBAPIError as error:
                done.problems.append(f"line {line}: {first_line(error)}.")
        if done.problems or dry_run:
            transaction.rollback()
    return done


def _rows(kind: Kind, file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            names = [name.strip().lower() for name in reader.fieldnames or ()]
            reader.fieldnames = names
            if missing := set(kind.required) - set(names):
                raise NotSo(f"{file.name} has no column {', '.join(sorted(missing))}.")
            if unknown := set(names) - {*kind.required, *kind.optional}:
                raise NotSo(f"{file.name} has unknown columns: {', '.join(sorted(unknown))}.")
            for row in reader:
                yield reader.line_num, _cells(kind, row)
    except OSError as error:
        raise NotSo(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise NotSo(f"{file.name} is not UTF-8.") from error


def _cells(kind: Kind, row: dict[str, Any]) -> dict[str, Any]:
    cells = {name: (row.get(name) or "").strip() or None for name in kind.required + kind.optional}
    return cells | {name: cells[name] or "" for name in kind.required}


def _put_person(connection: Connection, row: dict[str, Any]) -> str:
    _ensure_filled(row, "name")
    return people.put(connection, row)


def _put_venue(connection: Connection, row: dict[str, Any]) -> str:
    _ensure_filled(row, "name")
    for name in ("latitude", "longitude", "geofence_radius_m"):
        row[name] = _number(row, name)
    if row["time_zone"] and row["time_zone"] not in available_timezones():
        raise NotSo(f"{row['time_zone']!r} is no time zone; one is America/New_York.")
    if (row["latitude"] is None) != (row["longitude"] is None):
        raise NotSo("A position needs latitude and longitude.")
    found = connection.execute(VENUE, row).scalar()
    if found is None:
        connection.execute(ADD_VENUE, row)
        return "created"
    changed = connection.execute(CHANGE_VENUE, row | {"id": found}).rowcount
    return "updated" if changed else "unchanged"


def _put_kit(connection: Connection, row: dict[str, Any]) -> str:
    _ensure_filled(row, "serial_number")
    template = connection.execute(TEMPLATE, {"name": row["template"]}).scalar()
    if template is None:
        raise NotSo(f"There is no kit template {row['template']!r}.")
    values = {"serial": row["serial_number"].upper(), "template": template}
    found = connection.execute(KIT, values).scalar()
    if found is None:
        connection.execute(ADD_KIT, values)
        return "created"
    return (
        "updated"
        if connection.execute(CHANGE_KIT, values | {"id": found}).rowcount
        else "unchanged"
    )


def _ensure_filled(row: dict[str, Any], name: str) -> None:
    if not row[name]:
        raise NotSo(f"The {name.replace('_', ' ')} is empty.")


def _number(row: dict[str, Any], name: str) -> float | int | None:
    if row[name] is None:
        return None
    try:
        return int(row[name]) if name == "geofence_radius_m" else float(row[name])
    except ValueError:
        raise NotSo(f"The {name} {row[name]!r} is no number.") from None


PEOPLE = Kind(("name", "email", "role"), ("organization", "phone"), _put_person)
VENUES = Kind(
    ("name",),
    (
        *("address", "city", "state", "postal_code", "country"),
        *("latitude", "longitude", "time_zone", "geofence_radius_m"),
    ),
    _put_venue,
)
KITS = Kind(("serial_number", "template"), (), _put_kit)
