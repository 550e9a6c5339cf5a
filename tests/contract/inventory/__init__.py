"""What inventory promises, told through its public functions, on every kind of database."""
