"""`python -m monitor` is `kept`."""

from monitor.cli import main

if __name__ == "__main__":
    main()
