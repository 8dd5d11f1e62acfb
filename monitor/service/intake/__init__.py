"""The daemon's way in: many senders, what is fed in, and the clock."""
