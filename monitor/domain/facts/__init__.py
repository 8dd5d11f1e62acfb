"""What happened, as it is told, and whether all of it came."""
