"""One process among others: whether it is on duty, and whether what it needs works."""
