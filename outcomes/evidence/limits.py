"""The lines below which nothing is claimed or shown."""

MIN_EVENTS = 50
"""Fewer exits than this in all: no estimate."""

MIN_EVENTS_IN_ARM = 10
"""Fewer exits than this among the exposed, or among those not yet exposed: no estimate."""

MIN_UNITS_EXPOSED = 10
"""Fewer people than this with time at risk after exposure: no estimate."""

MIN_TO_DOUBT_DAYS = 50
"""Of fewer people (or customers) than this no months without exits are looked for. Of teams of 1 to 8 the beginning was doubted
in 1 to 5 % with nothing missing, and the day named was then that of the first who left; of 30 and more in none.
"""

MIN_AT_RISK = 10
"""Fewer people at risk than this: the month is not shown."""

MIN_CLUSTERS = 20
"""Fewer teams than this: errors clustered by team would be too small, so only those of the jackknife are given."""

ENOUGH_CLUSTERS = 40
"""From so many teams on errors clustered by team hold; under it the jackknife, which is wider, stands beside them."""

MIN_TEAMS_TO_JACKKNIFE = 5
"""Fewer teams than this: no error can allow for them."""

MAX_BETWEEN_TEAMS = 0.2
"""Share of the differences in exposure that lies between teams above which nothing is said with fewer than five of them.

Where it is below, whoever completed has to differ within teams alone as well. Simulated with nothing going on, a frailty of 0.5
and 500 people in 2, 3 and 4 whole teams: the sentence said less or more in 26, 31 and 15 of 100 draws before, and in none of 60
since; in 3 teams of whom 30, 50 and 70 % complete in 15 % before and 3 % since, and where half complete with their team 3 %.
Whole teams have shares of 0.7 at the middle, people on their own of 0.01 (at most 0.04).
"""

MAX_MISSING, MUCH_MISSING = 0.20, 0.05
"""Share without a value of a covariate from which it is refused, and from which it is said."""

MISSING_APART, MISSING_Z = 0.05, 3.0
"""Leavers and stayers differ in their share without a value: by so much, and so many standard errors apart."""

MAX_EVENTLESS = 0.20
"""Share of the people in levels in which nobody left above which the covariate is taken to know the outcome."""

SUSPICIOUS_Z, SUSPICIOUS_RATIO = 10.0, 5.0
"""A covariate so clear is remarked on; with a ratio beyond this (or below 1 over it) it is taken to know the outcome."""

SUSPICIOUS_SHARE = 0.9
"""As this ratio, of a number alone: share of pairs of a leaver and a stayer, there at the same tenure, that it orders alike. A
true ratio of 2.7 by standard deviation gives 0.73 to 0.84, one of 4.5 gives 0.82 to 0.89 (simulated, 40 draws each, 100 to 380
exits); a figure that was changed by the exit, with an error of a third of the change, gives 0.97 and more.
"""

COUNTS_COMPLETION, MAY_COUNT_COMPLETION = 0.85, 0.75
"""Share of pairs of one who completed and one who never did, both there at the time, that a number orders alike: from the first
on it is refused, as it probably counts the completion itself, from the second on it is remarked on (decision 0042)."""

FLAGS_COMPLETION = 0.95
"""The same of a number of two values, which says honestly who was meant to complete more often than it is the completion."""

LARGE_Z = 5.0
"""With a ratio as large, and this clear, it is said that it may: with 80 exits a flag that is right of 19 in 20 comes to about
7 and never to 10. Simulated, 200 draws each of columns of 2 to 8 levels and 55 to 400 exits: said of 1.0 % of columns whose
levels differ honestly (standard deviation of the log rate 0.3: 0.1 %; 0.4: 1.9 %), and of 85 to 100 % of flags that are right
of 18 or 19 in 20.
"""

FEW_EVENTS = 150
"""Fewer exits than this: what stands out is mostly too large."""

MOVED = 0.5
"""Standard errors by which another figure has to differ before that is said."""

LAG_Z = 2.24
"""By so many errors of the difference the larger of two lags has to move the answer: two tests at 2.5 % are one at 5 %. With
nothing going on that is said in 7 of 200 draws."""

DIFFERS = 0.01
"""p-value below which figures of one fit are said to differ."""

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

SINGLED_OUT = 0.1
"""Less than this share of a number's sum of squares outside of its nine extremes: it sets these few apart and is refused."""
