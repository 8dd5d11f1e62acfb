"""What all of it comes to: shares, ledgers, evidence, risk."""
