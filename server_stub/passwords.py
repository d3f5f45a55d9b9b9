"""Passwords: argon2id hashes, how long a password may be, and a hash for nobody."""

import secrets
from functools import cache

from pwdlib import PasswordHash

SHORTEST, LONGEST = 12, 128


class WrongLength(ValueError):
    """The message is a sentence."""


@cache
def hashes() -> PasswordHash:
    """64 MiB and about a fifth of a second a hash: dear on purpose."""
    return PasswordHash.recommended()


def hash_of(password: str) -> str:
    """The hash to keep of a password that is being set. Raises WrongLength."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WrongLength(f"A password has {SHORTEST} to {LONGEST} characters.")
    return hashes().hash(password)


def is_right(given: str, kept: str | None, by: PasswordHash) -> bool:
    """Whether this is the password. Where none is kept it costs as much to say no."""
    return by.verify(given, kept or _nobodys_hash()) and kept is not None


@cache
def _nobodys_hash() -> str:
    return hashes().hash(secrets.token_urlsafe(16))
