"""Who is told of what: notices of decisions and of missed shares, and the messages that bring them."""
