"""The promise book in its editions: which there are, and what is still to be judged by a new one."""
