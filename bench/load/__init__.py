"""Thousands of devices at once, on the real wire, against one server process."""
