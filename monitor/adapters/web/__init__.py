"""Kept over HTTP: the doors, who may go through them, and a running Kept as a command sees it."""
