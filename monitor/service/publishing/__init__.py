"""What goes on to Kafka: decisions in their order, and the topics as they must be."""
