"""What Kept answers, made of what the domain found: in rows, in figures and in sentences."""
