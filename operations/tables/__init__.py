"""Table files as people bring them: CSV in any common encoding and delimiter, or XLSX, read as a stream with its complaints.

`open_table` reads, `parse` turns cells into dates, money and identifiers, `writing` makes files that are safe to open.
"""

from operations.tables.columns import Columns
from operations.tables.errors import CellError, HeaderError, Problem, ProblemLog, TableError
from operations.tables.reading import Table, look_at, open_table
from operations.tables.writing import csv_response, neutralise, write_csv

__all__ = [
    "CellError",
    "Columns",
    "HeaderError",
    "Problem",
    "ProblemLog",
    "Table",
    "TableError",
    "csv_response",
    "look_at",
    "neutralise",
    "open_table",
    "write_csv",
]
