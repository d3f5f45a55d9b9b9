"""What a database's catalogue says, as one sentence a fact, so that two can be compared."""

import re

import psycopg

COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
        COALESCE(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
        AND c.relnamespace = current_schema()::regnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped"""

INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()"

FOREIGN_KEYS = """
    SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND conparentid = 0"""

CHECKS = """
    SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'c' AND connamespace = current_schema()::regnamespace AND conname LIKE %s"""


def facts(connection: psycopg.Connection) -> set[str]:
    """Columns with type, nullability and default; indexes; foreign keys with their cascades."""
    columns = {
        f"column {t}.{c} {kind}{null}{default}"
        for t, c, kind, null, default in connection.execute(COLUMNS)
    }
    indexes = {definition.replace("public.", "") for (definition,) in connection.execute(INDEXES)}
    keys = {
        f"key {name} on {table}: {text}" for table, name, text in connection.execute(FOREIGN_KEYS)
    }
    return columns | indexes | keys


def columns(connection: psycopg.Connection) -> dict[str, dict[str, str]]:
    """The type of every column of every table."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind, _, _ in connection.execute(COLUMNS):
        found.setdefault(table, {})[column] = kind
    return found


def allowed(connection: psycopg.Connection, column: str) -> dict[str, set[str]]:
    """The values that each table's check on a column of this name lets through."""
    found = connection.execute(CHECKS, [f"%\\_{column}\\_known"])
    return {table: set(re.findall(r"'([a-z_]+)'", text)) for table, text in found}
