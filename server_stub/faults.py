"""What a log may say of a fault: its type and where it was, never its message.

Messages quote what somebody sent: a database's the row it would not take, a parser's the value.
"""

import traceback


def told(error: Exception) -> str:
    """Like "IntegrityError (23514) at push.py:120 < routes.py:88", the innermost place first."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "site-packages" not in each.filename] or list(frames)
    places = [f"{_short(each.filename)}:{each.lineno}" for each in reversed(ours)]
    sqlstate = getattr(getattr(error, "orig", error), "sqlstate", None)
    code = f" ({sqlstate})" if sqlstate else ""
    cause = f", from {told(error.__cause__)}" if isinstance(error.__cause__, Exception) else ""
    return f"{type(error).__name__}{code} at {' < '.join(places)}{cause}"


def _short(filename: str) -> str:
    return "/".join(filename.replace("\\", "/").split("/")[-2:])
