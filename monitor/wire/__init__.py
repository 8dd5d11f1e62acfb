"""Bytes to domain and back: pydantic models of everything that crosses the border; `schemas/` is generated from here."""
