"""The kinds of file with stakeholder data: their columns, what a cell may hold, what makes a row one thing.

docs/csv-formats.md is the contract; this is the same for the program.
"""

from stakeholders.kinds.customers import CONTRACTS, CUSTOMER_HISTORY, CUSTOMERS, PARTNERS
from stakeholders.kinds.measures import ASSIGNMENTS, PERFORMANCE, PERSON_METRICS, TEAM_METRICS, TEAMS
from stakeholders.kinds.people import COMPLETIONS, PEOPLE, PERSON_HISTORY
from stakeholders.kinds.tenure import TENURE

KINDS = (
    PEOPLE,
    PERSON_HISTORY,
    CUSTOMERS,
    CUSTOMER_HISTORY,
    PARTNERS,
    COMPLETIONS,
    TENURE,
    TEAMS,
    CONTRACTS,
    TEAM_METRICS,
    PERSON_METRICS,
    PERFORMANCE,
    ASSIGNMENTS,
)
"""In the order in which they are offered."""
