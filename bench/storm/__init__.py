"""Real processes and a bad network: devices, servers and database die while people work."""
