"""Mappings: how the rows of an export become events, written by whoever knows the export."""
