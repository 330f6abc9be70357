"""Whether course completion goes together with staying, answered honestly or refused.

No Django inside: arrays and dataclasses in, dataclasses out. A web process may import
`question`, `result`, `limits` and `summary`, which need nothing but the standard library;
`engine` and everything below it load pandas, lifelines and statsmodels and belong in the worker.
"""
