"""Table files as people bring them: CSV in any common encoding and delimiter, or XLSX, read as a stream with its complaints."""
