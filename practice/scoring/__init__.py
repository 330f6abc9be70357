"""Simulations as pure functions: a case, a seed and a history in, dataclasses out. Knows no Django."""
