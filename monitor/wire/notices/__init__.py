"""The settings of notices: how they are written, and what can be wrong with them."""
