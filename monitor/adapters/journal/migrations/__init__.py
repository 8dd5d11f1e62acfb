"""How the schema came to be, one step a module; run by `monitor.adapters.journal.database`."""
