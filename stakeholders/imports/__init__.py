"""From a table file to stakeholder rows: read column by column, checked whole, staged aside, written at once.

`cells` reads columns, `checking` goes through a file, `staging` keeps what passed out of everybody's way, `writing` applies
and withdraws in sets. `outcomes.services.imports` puts them together.
"""
