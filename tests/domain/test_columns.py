"""One declaration of a column serves both databases: native in PostgreSQL, text in SQLite."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import TypeDecorator
from sqlalchemy.dialects import postgresql, sqlite

from field_app.domain.person import Role
from field_app.domain.records import (
    HoursType,
    InstantType,
    IntegerListType,
    JsonType,
    TextListType,
    UuidType,
)
from field_app.domain.wire import Person
from tests.support.field import ANA, NOON

POSTGRES, SQLITE = postgresql.dialect(), sqlite.dialect()
SOME_ID = UUID("11111111-2222-3333-4444-555555555555")
NAIVE_NOON = NOON.replace(tzinfo=None)
TOKYO = dt.timezone(dt.timedelta(hours=9))


@pytest.mark.parametrize(
    ("column", "value", "in_postgres", "in_sqlite"),
    [
        (InstantType(), NOON, NAIVE_NOON, "2026-11-23T12:00:00.000Z"),
        (
            InstantType(),
            NOON.astimezone(TOKYO),
            NAIVE_NOON,
            "2026-11-23T12:00:00.000Z",
        ),
        (UuidType(), SOME_ID, SOME_ID, str(SOME_ID)),
        (HoursType(), Decimal("4.25"), Decimal("4.25"), 4.25),
    ],
)
def test_a_value_is_bound_natively_or_as_the_wires_own_text(
    column: TypeDecorator[Any], value: object, in_postgres: object, in_sqlite: object
) -> None:
    assert column.process_bind_param(value, POSTGRES) == in_postgres
    assert column.process_bind_param(value, SQLITE) == in_sqlite
    assert column.process_result_value(in_postgres, POSTGRES) == value
    assert column.process_result_value(in_sqlite, SQLITE) == value


@pytest.mark.parametrize("column", [InstantType(), UuidType(), HoursType()])
@pytest.mark.parametrize("dialect", [POSTGRES, SQLITE])
def test_nothing_stays_nothing(column: TypeDecorator[Any], dialect: Any) -> None:
    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None


def test_an_instant_that_comes_with_its_zone_keeps_it() -> None:
    assert InstantType().process_result_value(NOON, POSTGRES) == NOON


@pytest.mark.parametrize(
    ("column", "in_postgres", "in_sqlite"),
    [
        (InstantType(), "TIMESTAMP WITHOUT TIME ZONE", "VARCHAR"),
        (UuidType(), "UUID", "VARCHAR(36)"),
        (JsonType(), "JSONB", "JSON"),
        (TextListType(), "TEXT[]", "JSON"),
        (IntegerListType(), "INTEGER[]", "JSON"),
        (HoursType(), "NUMERIC(5, 2)", "FLOAT"),
    ],
)
def test_a_column_has_the_seeds_type_in_postgres(
    column: TypeDecorator[Any], in_postgres: str, in_sqlite: str
) -> None:
    assert column.compile(POSTGRES) == in_postgres
    assert column.compile(SQLITE) == in_sqlite


def test_the_actor_is_the_signed_in_person() -> None:
    person = Person(id=ANA.id, name="Ana", email="ana@example.org", role=Role.BRAND_AGENT)

    assert person.actor == ANA
