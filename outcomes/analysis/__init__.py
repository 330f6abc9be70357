"""From a question to its stored answer: rows from the database, the engine, the words and the pictures.

Imports pandas and what the engine needs, so only workers and commands import it, and they do so inside functions.
"""
