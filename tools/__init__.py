"""What people who work on the app run, and nobody who uses it."""
