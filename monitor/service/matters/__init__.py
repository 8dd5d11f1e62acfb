"""Matters at hand: how events find theirs, how one is made again, and the rows of its steps."""
