"""The release after this one: a copy of the server's code with one more migration."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import server_stub
from server_stub.database import head_revision

REVISION = "9001"

ADDS = f'''
"""Revision {REVISION}: columns, an index and a table; what is there stays."""
from alembic import op
from server_stub.migrations.marks import add_column

revision, down_revision = "{REVISION}", "{head_revision()}"

def upgrade():
    add_column("staff_assignments", "shirt_size", "TEXT NOT NULL DEFAULT 'M'")
    op.execute("""
        CREATE INDEX idx_next_severity ON event_issues(severity);
        CREATE TABLE shirts (id UUID PRIMARY KEY, user_id UUID REFERENCES users(id));
        ALTER TABLE sync_operations ADD COLUMN judged_by TEXT;
        ALTER TABLE devices ADD COLUMN colour TEXT;
    """)
'''


def release(folder: Path, migration: str = ADDS) -> Path:
    """Where its programs are started."""
    here = Path(server_stub.__file__).parent
    code = folder / "next"
    shutil.copytree(here, code / "server_stub", ignore=shutil.ignore_patterns("__pycache__"))
    file = code / "server_stub" / "migrations" / "versions" / "m9001_next.py"
    file.write_text(migration, "utf-8")
    return code


def migrate(code: Path, database_url: str) -> subprocess.CompletedProcess[str]:
    """`sync-server migrate`, as that release's operator runs it."""
    return subprocess.run(
        [sys.executable, "-m", "server_stub.cli", "migrate"],
        cwd=code,
        env=os.environ | {"DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=True,
    )
