"""Tables of many rows: declared columns, strict cells, and a report with an error for every row that is wrong."""
