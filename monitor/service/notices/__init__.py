"""Who is told of what: notices of decisions, and the messages that bring them."""
