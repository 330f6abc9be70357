"""Runs the benchmarks, prints a table, and writes the same figures as JSON to benchmarks/results/."""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
MODULES = (
    "pages",
    "load",
    "enrol",
    "import",
    "console",
    "search",
    "evidence",
    "calibrate",
    "adaptive",
    "negotiation",
    "rescoring",
    "rollout",
)


def run_apart(name: str, arguments: list[str]) -> list[dict]:
    """One benchmark in a process and a data folder of its own, so that none leans on another's memory or rows."""
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        environment = os.environ | {
            "ACCORD_VAR": folder,
            "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-m", "benchmarks", "--inside", name, "--out", f"{folder}/rows.json", *arguments]
        subprocess.run(command, env=environment, check=True)
        return json.loads(Path(folder, "rows.json").read_text())


def table(rows: list[dict]) -> str:
    head = ("measured", "value", "unit", "beside", "ratio", "aim")
    cells = [head, *[tuple(_text(row.get(key)) for key in ("name", "value", "unit", "beside", "ratio", "aim")) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MODULES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.names).difference(MODULES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    if options.inside:
        module = importlib.import_module(f"benchmarks.bench_{options.inside}")
        Path(options.out).write_text(json.dumps(module.run(quick=options.quick)))
        return
    rows = [row for name in options.names or MODULES for row in run_apart(name, ["--quick"] if options.quick else [])]
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform(terse=True)}
    RESULTS.mkdir(exist_ok=True)
    report = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, "rows": rows}
    (RESULTS / "latest.json").write_text(json.dumps(report, indent=2))
    print(table(rows))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
