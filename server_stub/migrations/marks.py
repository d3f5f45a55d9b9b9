"""Adding tables and columns to a database that others own, and taking back only our own.

What is there already is left alone. What we add carries a comment, so that a downgrade can
tell ours from theirs.
"""

from alembic import op

MARK = "Added by Fieldkit"


def add_table(name: str, columns: str) -> None:
    """Create a table unless there is one of this name."""
    op.execute(f"""
        DO $$ BEGIN
            IF to_regclass('{name}') IS NULL THEN
                CREATE TABLE {name} ({columns});
                COMMENT ON TABLE {name} IS '{MARK}';
            END IF;
        END $$""")


def drop_table(name: str) -> None:
    """Drop a table that `add_table` created."""
    op.execute(f"""
        DO $$ BEGIN
            IF obj_description(to_regclass('{name}'), 'pg_class') = '{MARK}' THEN
                DROP TABLE {name};
            END IF;
        END $$""")


def add_column(table: str, name: str, definition: str) -> None:
    """Add a column unless there is one of this name."""
    op.execute(f"""
        DO $$ BEGIN
            IF {_column_number(table, name)} IS NULL THEN
                ALTER TABLE {table} ADD COLUMN {name} {definition};
                COMMENT ON COLUMN {table}.{name} IS '{MARK}';
            END IF;
        END $$""")


def drop_column(table: str, name: str) -> None:
    """Drop a column that `add_column` added."""
    op.execute(f"""
        DO $$ BEGIN
            IF col_description('{table}'::regclass, {_column_number(table, name)}) = '{MARK}' THEN
                ALTER TABLE {table} DROP COLUMN {name};
            END IF;
        END $$""")


def end_servers_before(revision: str) -> None:
    """Say that only servers that know `revision` can serve on: for what takes something away."""
    op.execute(f"""
        INSERT INTO server_meta VALUES ('oldest_revision', '{revision}')
        ON CONFLICT (key) DO UPDATE SET value = excluded.value""")


def _column_number(table: str, column: str) -> str:
    """SQL for a column's number in its table, null where there is none."""
    return f"""(SELECT attnum::int FROM pg_attribute WHERE attrelid = '{table}'::regclass
                AND attname = '{column}' AND NOT attisdropped)"""
