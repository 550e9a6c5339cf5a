"""What triggers, runs and placements do."""
