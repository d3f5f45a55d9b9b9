"""What an operator does from a terminal: people, imports, exports."""
