"""Kafka's clients: the edge, the topic of events, and what is published."""
