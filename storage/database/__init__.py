"""The DuckDB file: its connection, lock, migrations, checksums and backups."""
