"""What callers and jobs ask for: placing, triggering, due work, repairing, releasing, deploying, purging."""
