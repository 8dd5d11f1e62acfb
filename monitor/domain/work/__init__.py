"""Who did what: people, touches, the way from hand to hand, calls."""
