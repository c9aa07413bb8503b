"""Report workbooks: the bilingual template, and a reader that survives whatever people upload."""

from oracles.accounting.workbook.reader import locate, read_workbook
from oracles.accounting.workbook.template import write_template

__all__ = ["locate", "read_workbook", "write_template"]
