"""The machine: clocks, threads, memory, the log."""
