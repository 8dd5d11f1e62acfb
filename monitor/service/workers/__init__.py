"""One of several workers: what it has of the journal, its commits in turn, and its way in from the log."""
