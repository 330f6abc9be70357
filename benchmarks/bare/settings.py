"""The embedded settings with the page of the comparison added."""

from config.settings.embedded import *  # noqa: F403 - measured under the same settings
from config.settings.embedded import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.bare"]
