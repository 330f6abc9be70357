"""What pytest does for `make mutate`: notes which test runs which lines, or runs exactly the tests that it is given.

Loaded by name in a process of its own, with nothing else of this package beside it.
"""

import json
import os
from pathlib import Path

import coverage
import pytest

MAP_IN, ONLY = os.environ.get("MUTATE_MAP_IN"), os.environ.get("MUTATE_ONLY")


class Lines:
    """Lines of the files below `places` by the test that ran them, setting up and tidying up included."""

    def __init__(self, root: Path, places: list[str]) -> None:
        self.root, self.passed, self.failed, self.seconds = root, set(), set(), {}
        include = [f"{root}/{place}" if place.endswith(".py") else f"{root}/{place}/*" for place in places]
        self.coverage = coverage.Coverage(data_file=None, config_file=False, include=include)
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if report.failed:
            self.failed.add(item.nodeid)
        elif report.passed and report.when == "call":
            self.passed.add(item.nodeid)
        self.seconds[item.nodeid] = self.seconds.get(item.nodeid, 0) + report.duration
        return report

    def pytest_sessionfinish(self, session):
        self.coverage.stop()
        data = self.coverage.get_data()
        lines = {}
        for path in sorted(data.measured_files()):
            tests = {line: [name for name in names if name] for line, names in data.contexts_by_lineno(path).items()}
            lines[Path(path).relative_to(self.root).as_posix()] = tests
        found = {"lines": lines, "passed": sorted(self.passed - self.failed), "failed": sorted(self.failed)}
        found["seconds"] = self.seconds
        Path(MAP_IN, f"{os.getpid()}.json").write_text(json.dumps(found))


class Only:
    """The tests of a list and no other, in its order."""

    def __init__(self, names: list[str]) -> None:
        self.order = {name: position for position, name in enumerate(names)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config, items):
        wanted = [item for item in items if item.nodeid in self.order]
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in self.order])
        items[:] = sorted(wanted, key=lambda item: self.order[item.nodeid])


def pytest_configure(config):
    if MAP_IN and (hasattr(config, "workerinput") or not config.getoption("numprocesses", None)):
        config.pluginmanager.register(Lines(Path.cwd().resolve(), os.environ["MUTATE_PLACES"].split()))
    if ONLY:
        config.pluginmanager.register(Only(json.loads(Path(ONLY).read_text())))
