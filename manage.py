#!/usr/bin/env python
"""Command line of Accord."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
    from django.core.management import execute_from_command_line

    from config.data_format import UnusableData

    try:
        execute_from_command_line(sys.argv)
    except UnusableData as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
