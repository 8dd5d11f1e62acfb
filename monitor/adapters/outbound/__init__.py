"""Messages to the outside: to Alertmanager and to webhooks, by one way out."""
