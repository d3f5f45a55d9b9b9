"""What in a given database does not fit ours, in sentences, before anything is touched."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from server_stub.database import create_engine
from server_stub.migrations.versions.m0001_baseline import TABLES
from server_stub.migrations.versions.m0003_field_columns import COLUMNS
from server_stub.migrations.versions.m0005_guards import RANGES, STATES
from server_stub.migrations.versions.m0014_booking_plan import COLUMNS as PLAN

Columns = dict[str, dict[str, str]]
"""Type of each column by table, as `format_type` spells it."""

NEW_TABLES = (
    "event_instances",
    "event_team_members",
    "staff_assignments",
    "activity_kits",
    "event_state_transitions",
    "event_issues",
)
ROLES = "brand_agent field_manager internal_admin client"

NEEDED = (
    ("organizations", "name"),
    ("users", "name"),
    ("users", "role"),
    ("users", "status"),
    ("locations", "name"),
    ("bookings", "title"),
    ("bookings", "status"),
    ("recurrence_patterns", "booking_id"),
    ("recurrence_patterns", "frequency"),
    ("kit_templates", "name"),
    ("kit_instances", "serial_number"),
    ("kit_instances", "status"),
    ("activities", "type"),
    ("activities", "title"),
    ("activities", "status"),
)
"""Columns that the app reads as never empty."""

REFERENCES = (
    ("users", "organization_id", "organizations"),
    ("bookings", "organization_id", "organizations"),
    ("bookings", "approved_by", "users"),
    ("bookings", "created_by", "users"),
    ("recurrence_patterns", "booking_id", "bookings"),
    ("kit_templates", "brand_id", "organizations"),
    ("kit_instances", "template_id", "kit_templates"),
    ("activities", "kit_template_id", "kit_templates"),
    ("activities", "event_instance_id", "event_instances"),
)

TYPES = {
    "UUID": "uuid",
    "TEXT": "text",
    "TEXT[]": "text[]",
    "INTEGER": "integer",
    "INTEGER[]": "integer[]",
    "DATE": "date",
    "JSONB": "jsonb",
    "TIMESTAMP": "timestamp without time zone",
    "TIME": "time without time zone",
    "DOUBLE PRECISION": "double precision",
}
ALSO_TEXT = {"character varying", "citext"}


def check_schema(url: str) -> list[str]:
    """One sentence for everything that stands in the way of migrating or would be misread.

    Reads only. An empty list means that the database fits, be it empty, live or migrated.
    """
    engine = create_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            return list(_findings(connection))
    finally:
        engine.dispose()


def _findings(connection: Connection) -> Iterator[str]:
    columns = _columns(connection)
    yield from _unsupported_version(connection)
    yield from _existing_new_tables(connection, columns)
    for table, definition in TABLES.items():
        if table in columns:
            yield from _misfitting_columns(table, definition, columns[table])
    yield from _misfitting_additions(columns)
    yield from _unknown_values(connection, columns)
    yield from _values_out_of_range(connection, columns)
    yield from _empty_values(connection, columns)
    yield from _orphans(connection, columns)


def _columns(connection: Connection) -> Columns:
    rows = connection.execute(
        text("""
            SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
            AND a.attnum > 0 AND NOT a.attisdropped""")
    )
    found: Columns = {}
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


def _unsupported_version(connection: Connection) -> Iterator[str]:
    version = connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    if version < 150000:
        yield f"PostgreSQL {version // 10000} is too old; 15 or newer is needed."


def _existing_new_tables(connection: Connection, columns: Columns) -> Iterator[str]:
    if connection.scalar(text("SELECT to_regclass('fieldkit_schema_version') IS NOT NULL")):
        return
    for table in NEW_TABLES:
        if table in columns:
            yield f"There is a table {table} already, which the migration would create."


def _misfitting_columns(table: str, definition: str, held: dict[str, str]) -> Iterator[str]:
    for line in definition.strip().splitlines():
        column, kind = line.split()[0].strip('"'), line.split()[1].rstrip(",")
        if column not in held:
            yield f"Table {table} has no column {column}."
        elif not _fits(held[column], kind):
            yield f"Column {table}.{column} is {held[column]} and should be {TYPES[kind]}."


def _misfitting_additions(columns: Columns) -> Iterator[str]:
    for table, column, definition in (*COLUMNS, *PLAN):
        kind = next(name for name in sorted(TYPES, reverse=True) if definition.startswith(name))
        held = columns.get(table, {}).get(column)
        if held is not None and not _fits(held, kind):
            yield f"Column {table}.{column} is {held} already and should be {TYPES[kind]}."


def _fits(held: str, kind: str) -> bool:
    return held == TYPES[kind] or (kind == "TEXT" and held in ALSO_TEXT)


def _unknown_values(connection: Connection, columns: Columns) -> Iterator[str]:
    for (table, column), known in {**STATES, ("users", "role"): ROLES}.items():
        if column not in columns.get(table, {}):
            continue
        query = f"""SELECT {column}, count(*) FROM {table}
                    WHERE {column} <> ALL(:known) GROUP BY 1 ORDER BY 1"""
        for value, count in connection.execute(text(query), {"known": known.split()}):
            yield f"Unknown {column} '{value}' in {table} ({_rows(count)})."


def _values_out_of_range(connection: Connection, columns: Columns) -> Iterator[str]:
    for (table, column), condition in RANGES.items():
        if column not in columns.get(table, {}) or "AT TIME ZONE" in condition:
            continue
        count = _count(connection, table, f"NOT ({condition})")
        if count:
            yield f"Out of range in {table}: {column} ({_rows(count)}); the rule is {condition}."


def _empty_values(connection: Connection, columns: Columns) -> Iterator[str]:
    for table, column in NEEDED:
        if column in columns.get(table, {}):
            count = _count(connection, table, f"{column} IS NULL")
            if count:
                yield f"No {column} in {table} ({_rows(count)})."


def _orphans(connection: Connection, columns: Columns) -> Iterator[str]:
    for table, column, parent in REFERENCES:
        if column not in columns.get(table, {}) or "id" not in columns.get(parent, {}):
            continue
        missing = f"NOT EXISTS (SELECT FROM {parent} WHERE {parent}.id = {table}.{column})"
        count = _count(connection, table, f"{column} IS NOT NULL AND {missing}")
        if count:
            yield f"No such row in {parent} for {column} of {table} ({_rows(count)})."


def _count(connection: Connection, table: str, condition: str) -> int:
    return connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {condition}")) or 0


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
