"""The tests: what every process of theirs begins with, and what it starts inherits.

They start some two hundred programs. Each keeps what was compiled, also where the environment
says otherwise, as images for containers do: to compile everything anew takes three times as long
as to start.
"""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
