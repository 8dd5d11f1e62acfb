"""Where adapters meet ports: each process of Kept put together, started and stopped."""
