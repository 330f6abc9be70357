"""Runs one of them, prints its figures, and ends with 1 where something was lost or took too long."""

import argparse
import importlib
import sys

NAMES = ("learners", "mail", "bulk", "signin")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument("name", choices=NAMES)
    module = importlib.import_module(f"benchmarks.faults.{parser.parse_args().name}")
    problems = module.run()
    for problem in problems:
        print("NOT KEPT:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
