"""How hypothesis runs here: no deadline, and a failure prints the line that repeats it."""

from hypothesis import settings

settings.register_profile("fieldkit", deadline=None, print_blob=True)
settings.load_profile("fieldkit")
