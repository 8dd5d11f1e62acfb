"""How Kept touches the world: one driver, one file."""
