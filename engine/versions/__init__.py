"""The versions of processes as items stand in them: compiled, looked up by id, and what is legal in them."""
