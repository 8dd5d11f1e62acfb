"""How rows, figures and texts from elsewhere are shown."""
