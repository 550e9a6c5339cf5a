"""The exchange of reservations between databases whose stores sell from the same warehouse."""
