"""What is sent to Kept to change something, the events that makes, and what is answered."""
