"""Cases and what is owed in them: the engine, clocks, obligations, decisions."""
