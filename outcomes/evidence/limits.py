"""The lines below which nothing is claimed or shown."""

MIN_EVENTS = 50
"""Fewer exits than this in all: no estimate."""

MIN_EVENTS_IN_ARM = 10
"""Fewer exits than this among the exposed, or among those not yet exposed: no estimate."""

MIN_UNITS_EXPOSED = 10
"""Fewer people than this with time at risk after exposure: no estimate."""

MIN_AT_RISK = 10
"""Fewer people at risk than this: the month is not shown."""

MIN_CLUSTERS = 20
"""Fewer teams than this: errors clustered by team would be too small, so they are left out."""

FEW_EXPOSED_EVENTS = 25
"""Fewer exits than this among the exposed: answered, with a warning."""

WIDE_INTERVAL = 3.0
"""Upper limit of the hazard ratio at least this many times the lower one: answered, with a warning."""

EVENTS_PER_COEFFICIENT = 10
"""Fewer exits than this for each coefficient: answered, with a warning."""

COMMON_OUTCOME = 0.15
"""Share with the event from which a hazard ratio no longer stands in for a risk ratio."""

MAX_LEFT_OUT = 0.2
"""More than this share with something that has to be known missing: no estimate."""
