"""Time: instants, zones, opening hours, periods, targets."""
