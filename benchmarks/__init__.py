"""Figures beside something plain, measured in one run: `make bench`."""
