"""Table files as people export them: CSV in any common encoding and delimiter, or XLSX, read as a stream with complaints."""
