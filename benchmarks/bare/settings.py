"""The embedded settings with the page of the comparison added."""

from config.settings.embedded import *  # noqa: F403
from config.settings.embedded import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.bare"]
