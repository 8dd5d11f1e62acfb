"""Prometheus's series, read off what is committed."""
