"""Events for a database that was in use before there were any."""
