"""Events: CloudEvents in JSON to the domain's, type by type."""
