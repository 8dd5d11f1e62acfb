"""Questions, answered from the journal as of any recorded instant."""
