"""Stored rows as the columns that the engine takes, and who completed when."""
