"""Files that nobody but the account of the app may read."""

import os


def only_mine(path: str, flags: int) -> int:
    """An opener for `open()`: a file that it makes is its owner's alone, whatever the umask."""
    return os.open(path, flags, 0o600)
