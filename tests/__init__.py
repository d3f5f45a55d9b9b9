"""The tests start some two hundred programs of ours.

Each keeps what was compiled, also where the environment says otherwise, as images for containers
do: to compile everything anew takes three times as long as to start.
"""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
