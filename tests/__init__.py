"""The tests: what every process of theirs begins with, and what it starts inherits.

They start some two hundred programs and make thousands of HTTP clients. Programs keep what was
compiled, also where the environment says otherwise, as images for containers do: to compile
everything anew takes three times as long as to start. No client reads the certificates of all
authorities, which takes longer than a request: nobody here is asked over TLS.
"""

import os
import sys
from pathlib import Path

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)
