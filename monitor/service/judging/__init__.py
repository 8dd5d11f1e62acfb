"""Cases judged from all that is on record of them, and nothing remembered."""
