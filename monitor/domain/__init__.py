"""What is true: pure and synchronous, standard library only; no clock, no input or output."""
