"""A client's report of a period: what it says, and how it is written for people and for programs."""
