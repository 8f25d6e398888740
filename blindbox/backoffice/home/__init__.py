"""The first page that an operator sees: today, what waits, the last seven days."""
