"""What was promised, to whom, in which edition of the book."""
