"""Whether teams that were offered a training changed against teams not yet offered it: exits of teams by calendar month.

Estimated after Callaway and Sant'Anna (2021), Difference-in-differences with multiple time periods, Journal of
Econometrics 225, 200-230, by the library diff-diff. Everything here loads pandas and belongs in the worker.
"""
