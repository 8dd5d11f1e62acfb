"""All of the interface as documents: the table of operations, OpenAPI, and the schemas."""
