"""What commands that sign have in common: options, keys and passwords, reading of files, showing before signing."""
