"""Names that others rely on, each spelled once."""
