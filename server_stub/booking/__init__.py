"""From a booking to its events."""
