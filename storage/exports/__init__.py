"""An edition's counts as files: CSV, XLSX, Parquet and JSON."""
