"""The firm's own topics: what was seen of them, and what is missing."""
