"""Photos scored as they arrive in folders: what changed, what is whole by now, what is done with it."""
