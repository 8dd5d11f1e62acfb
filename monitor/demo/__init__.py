"""The demonstration: an invented firm, its promise book, and a seeded stream of what happens there."""
