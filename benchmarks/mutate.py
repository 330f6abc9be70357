"""Changes the code in small ways, one at a time in a copy of the tree, and tells which changes no test notices."""

import argparse
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.mutants import Mutant, drawn, files_in, mutants_of

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(__file__).resolve().parent
PLACES = ("access", "billing", "learning", "accounts/rules.py", "outcomes/evidence")
LEFT_BEHIND = (".git", ".venv*", "var", "results", "__pycache__", ".*_cache", ".hypothesis", "node_modules", "test-results")
# The tests run as they do by default, and no two runs share a database.
NOT_INHERITED = ("DATABASE_URL", "CACHE_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_", "MUTATE_")
# Starting takes a while before the first test.
START_SECONDS = 60
KILLED, SURVIVED, TOO_LONG, UNTESTED = "killed", "survived", "took too long", "run by no test"


@dataclass(frozen=True)
class Verdict:
    mutant: Mutant
    state: str
    tests: int
    seconds: float


@dataclass(frozen=True)
class LineMap:
    """Which tests run which line. A line that only an import runs counts for every test of its module."""

    lines: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]
    failed: list[str]

    def tests_for(self, mutant: Mutant) -> list[str]:
        """Those nearest to the module first, and of these the quickest."""
        by_line = self.lines.get(mutant.path, {})
        first, last = mutant.statement
        lines = [mutant.line] if mutant.line in by_line else range(first, last + 1)
        names = {name for line in lines for name in by_line.get(line, ())}
        if mutant.is_at_import:
            names = {name for some in by_line.values() for name in some}
        folder = f"tests/{mutant.path.rsplit('/', 1)[0]}/"
        return sorted(names, key=lambda name: (not name.startswith(folder), self.seconds.get(name, 0), name))


class Tree:
    """A copy of the tree in which mutants come and go. Nothing is ever changed in the tree itself."""

    def __init__(self, source: Path, folder: Path, plugin: Path) -> None:
        self.folder, self._plugin = folder, plugin
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
        self._stamp = 1_000_000_000
        self._process: subprocess.Popen[bytes] | None = None

    def write(self, path: str, source: bytes) -> None:
        """With a time of its own: Python tells a compiled file that is out of date by the time and the length of its source."""
        self._stamp += 10
        (self.folder / path).write_bytes(source)
        os.utime(self.folder / path, (self._stamp, self._stamp))

    def run(self, *arguments: str, seconds: float | None = None, **environment: str) -> int | None:
        """What pytest ended with; None when it took longer than `seconds` and was ended."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "mutate_pytest", *arguments]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        with (self.folder.parent / f"{self.folder.name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=inherited | {"PYTHONPATH": str(self._plugin)} | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._process = process
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                return None
            finally:
                self.stop()

    def stop(self) -> None:
        """End what runs here, with whatever it started."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @property
    def said(self) -> str:
        log = self.folder.parent / f"{self.folder.name}.log"
        return log.read_text(encoding="utf-8", errors="replace")[-3000:]


def map_tests(tree: Tree, places: Iterable[str], tests: Iterable[str], jobs: int) -> LineMap:
    """One run of the tests without a mutant. Those that fail are left out."""
    folder = Path(tempfile.mkdtemp(dir=tree.folder.parent))
    given = {"MUTATE_MAP_IN": str(folder), "MUTATE_PLACES": " ".join(places)}
    code = tree.run("-n", str(jobs if jobs > 1 else 0), *tests, **given)
    parts = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    passed = {name for part in parts for name in part["passed"]}
    if code not in (0, 1) or not passed:
        raise SystemExit(f"The tests do not run without a mutant:\n{tree.said}")
    lines: dict[str, dict[int, list[str]]] = {}
    for part in parts:
        for path, by_line in part["lines"].items():
            for line, names in by_line.items():
                lines.setdefault(path, {}).setdefault(int(line), []).extend(name for name in names if name in passed)
    seconds = {name: value for part in parts for name, value in part["seconds"].items()}
    return LineMap(lines, seconds, sorted(name for part in parts for name in part["failed"]))


def judge(mutant: Mutant, tree: Tree, tests: LineMap, root: Path, *, start_seconds: float = START_SECONDS) -> Verdict:
    """Whether a test notices it. The tests of its line stop at the first that fails."""
    names = tests.tests_for(mutant)
    if not names:
        return Verdict(mutant, UNTESTED, 0, 0)
    source = (root / mutant.path).read_bytes()
    only = tree.folder.parent / f"{tree.folder.name}.json"
    only.write_text(json.dumps(names))
    files = list(dict.fromkeys(name.split("::")[0] for name in names))
    limit = start_seconds + 5 * sum(tests.seconds.get(name, 0) for name in names)
    started = time.monotonic()
    tree.write(mutant.path, mutant.applied_to(source))
    try:
        code = tree.run("-n", "0", "-x", *files, seconds=limit, MUTATE_ONLY=str(only))
    finally:
        tree.write(mutant.path, source)
    if code == 5:
        raise RuntimeError(f"None of the tests for {mutant} was found:\n{tree.said}")
    state = TOO_LONG if code is None else SURVIVED if code == 0 else KILLED
    return Verdict(mutant, state, len(names), round(time.monotonic() - started, 1))


def accepted_in(path: Path) -> dict[str, str]:
    """Why each accepted mutant is no fault, by its key. `ValueError` for one without a reason."""
    reasons = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.strip() and not line.startswith("#"):
            key, _mark, reason = line.rpartition("  # ")
            if not key or not reason.strip():
                raise ValueError(f"This accepted mutant has no reason: {line}")
            reasons[key.strip()] = reason.strip()
    return reasons


def mutate(
    root: Path,
    *,
    places: Iterable[str],
    tests: Iterable[str] = ("tests",),
    count: int = 200,
    seed: int = 1,
    jobs: int = 1,
    accepted: Iterable[str] = (),
    start_seconds: float = START_SECONDS,
) -> tuple[list[Verdict], LineMap]:
    """Draw mutants of `places` and let the tests judge them, `jobs` at a time, each in a copy of `root` of its own."""
    places, known = list(places), set(accepted)
    everything = [one for path in files_in(root, places) for one in mutants_of(path, (root / path).read_bytes())]
    some = drawn([one for one in everything if one.key not in known], count, seed)
    with tempfile.TemporaryDirectory(prefix="accord-mutate-") as name:
        work = Path(name).resolve()
        plugin = work / "plugin"
        plugin.mkdir()
        shutil.copy(HERE / "mutate_pytest.py", plugin)
        trees = [Tree(root, work / f"tree-{number}", plugin) for number in range(1, jobs + 1)]
        try:
            found = map_tests(trees[0], places, tests, jobs)
            return _judge_all(some, trees, found, root, start_seconds), found
        finally:
            for tree in trees:
                tree.stop()


def _judge_all(mutants: list[Mutant], trees: list[Tree], found: LineMap, root: Path, start_seconds: float) -> list[Verdict]:
    free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
    for tree in trees:
        free.put(tree)

    def in_turn(mutant: Mutant) -> Verdict:
        tree = free.get()
        try:
            verdict = judge(mutant, tree, found, root, start_seconds=start_seconds)
        finally:
            free.put(tree)
        print(f"{verdict.state:>15}  {verdict.mutant}", file=sys.stderr, flush=True)
        return verdict

    with ThreadPoolExecutor(len(trees)) as pool:
        try:
            return list(pool.map(in_turn, mutants))
        except BaseException:
            # Whoever ends it does not wait for those that are running.
            pool.shutdown(wait=False, cancel_futures=True)
            for tree in trees:
                tree.stop()
            raise


def end_on_request() -> None:
    """A request to end goes the way of an interruption: what runs is ended, the copies are removed."""
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit("Ended before all mutants were judged."))


def report_of(verdicts: list[Verdict], found: LineMap, *, seed: int, places: Iterable[str]) -> dict:
    states = Counter(verdict.state for verdict in verdicts)
    rows = [
        asdict(one.mutant) | {"key": one.mutant.key, "state": one.state, "tests": one.tests, "seconds": one.seconds}
        for one in verdicts
    ]
    return {"seed": seed, "places": list(places), "states": dict(states), "failed_unmutated": found.failed, "mutants": rows}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("places", nargs="*", default=PLACES, metavar="PLACE", help=f"{', '.join(PLACES)} by default")
    parser.add_argument("--count", type=int, default=200, help="how many mutants (200)")
    parser.add_argument("--seed", type=int, default=1, help="another number draws others (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time; all cores by default")
    parser.add_argument("--tests", nargs="*", default=["tests"], help="files and folders of tests; all by default")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "mutants.json")
    options = parser.parse_args()
    end_on_request()
    accepted = accepted_in(HERE / "mutants_accepted.txt")
    choice = {"places": options.places, "seed": options.seed}
    verdicts, found = mutate(ROOT, tests=options.tests, count=options.count, jobs=options.jobs, accepted=accepted, **choice)
    report = report_of(verdicts, found, **choice)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report, indent=2))
    for verdict in verdicts:
        if verdict.state in (SURVIVED, UNTESTED):
            print(verdict.mutant, "" if verdict.state == SURVIVED else f"  ({verdict.state})")
    print(", ".join(f"{number} {state}" for state, number in report["states"].items()))


if __name__ == "__main__":
    main()
