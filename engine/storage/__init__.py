"""The database: tables, named SQL statements, readers and units of work, migrations; the only one to write SQL."""
