"""The edge: records of a firm's own topics to the events that Kept judges, and what is wrong with the others."""
