"""What syncing costs, from a tap to another device."""
