"""The commit point: what arrives is judged, and all that follows from it becomes true at once."""
