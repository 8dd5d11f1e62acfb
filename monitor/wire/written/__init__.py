"""What people write, as it is read: YAML with its lines, amounts, calendars, addresses, and what is wrong with them in plain words."""
