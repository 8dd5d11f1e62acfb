"""The commands of `kept`, one module each: they read arguments, call a service, print. `monitor.cli` puts them together."""
