"""What the service asks of the world, and the rows and records that go through its ports."""
