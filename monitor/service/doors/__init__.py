"""At the doors: what arrives, who may come in, and who is behind them."""
