"""`make mutate` on a toy package: the same mutants for the same seed, and a verdict for each that is right."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from benchmarks import mutate
from benchmarks.mutants import drawn, files_in, mutants_of

RULES = '''
    """Rules of a toy."""

    LIMIT = 3


    def may_enter(age):
        return age >= 18


    def is_late(minutes):
        return minutes > 5


    def fits(number):
        return number <= LIMIT


    def unused(number):
        return number < 2
'''
TESTS = """
    import pytest

    from toy.rules import fits, is_late, may_enter


    @pytest.fixture
    def late():
        return is_late(9)


    @pytest.mark.parametrize(("age", "may"), [(17, False), (18, True)])
    def test_may_enter(age, may):
        assert may_enter(age) is may


    def test_is_late(late):
        assert late


    def test_fits():
        assert fits(3) and not fits(4)
"""


def write(root: Path, rules: str, tests: str) -> Path:
    for path, text in {"toy/__init__.py": "", "toy/rules.py": rules, "tests/toy/test_rules.py": tests}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(textwrap.dedent(text).lstrip())
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = []\n")
    return root


def until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def made(code: str) -> list[str]:
    return [f"{one.before} -> {one.after}" for one in mutants_of("x.py", textwrap.dedent(code).encode())]


def changed(code: str) -> list[str]:
    source = textwrap.dedent(code).lstrip().encode()
    return [one.applied_to(source).decode() for one in mutants_of("x.py", source)]


# Which mutants there are ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "mutants"),
    [
        ("a < b", []),  # outside a function it is not a call
        ("c = a < b", ["a < b -> a <= b"]),
        ("c = a == b", ["a == b -> a != b"]),
        ("c = a not in b", ["a not in b -> a in b"]),
        ("c = 0 <= a < b", ["0 <= a < b -> 0 < a < b", "0 <= a < b -> 0 <= a <= b", "0 -> 1"]),
        ("c = a and b or d", ["a and b -> a or b", "a and b or d -> (a and b) and d"]),
        ("c = not a", ["not a -> a"]),
        ("c = 1 if a else b", ["1 -> 2", "a -> not a"]),
        ("c = [x for x in a if x.b]", ["x.b -> not x.b"]),
        ("c = a + b", ["a + b -> a - b"]),
        ("c = a | b", ["a | b -> a & b"]),
        ("c: int | None = True", ["True -> False"]),
        ("c = _('%(n)s') % {'n': a}", []),
        ("c = f'{a < b}'", []),
        ("c = a.filter(b=c, d=e)", ["b=c -> (removed)", "d=e -> (removed)"]),
        ("c = a.create(b=c)", []),
        (
            "def f():\n    g()\n    logger.info(1)\n    a.b = c",
            ["g() -> pass", "a.b = c -> pass"],
        ),
        ("def f():\n    if a:\n        raise B('c')", ["a -> not a", "raise B('c') -> pass"]),
        ("class A:\n    b = Field(max_length=10)\n    def f(self):\n        return 1", ["1 -> 2"]),
        ("if TYPE_CHECKING:\n    a = 1", []),
    ],
)
def test_what_is_changed(code, mutants):
    assert sorted(made(code)) == sorted(mutants)


def test_a_change_replaces_what_it_names_and_nothing_else():
    assert changed(
        """
        def ä(é):
            return é.filter(
                a=1,  # why
            ).exclude(b="ü") if é > 0 else None
        """
    ) == [
        'def ä(é):\n    return é.filter(\n          # why\n    ).exclude(b="ü") if é > 0 else None\n',
        'def ä(é):\n    return é.filter(\n        a=(2),  # why\n    ).exclude(b="ü") if é > 0 else None\n',
        "def ä(é):\n    return é.filter(\n        a=1,  # why\n    ).exclude() if é > 0 else None\n",
        'def ä(é):\n    return é.filter(\n        a=1,  # why\n    ).exclude(b="ü") if (not é > 0) else None\n',
        'def ä(é):\n    return é.filter(\n        a=1,  # why\n    ).exclude(b="ü") if (é >= 0) else None\n',
        'def ä(é):\n    return é.filter(\n        a=1,  # why\n    ).exclude(b="ü") if é > (1) else None\n',
    ]


def test_two_of_a_kind_in_one_function_have_names_of_their_own():
    keys = [one.key for one in mutants_of("x.py", b"def f(a):\n    return a[0], a[0]\n")]
    assert keys == ["x.py::f: 0 -> 1", "x.py::f: 0 -> 1 (2)"]


def test_the_same_seed_draws_the_same_mutants(tmp_path):
    write(tmp_path, RULES, TESTS)

    def draw(seed):
        everything = [one for path in files_in(tmp_path, ["toy"]) for one in mutants_of(path, (tmp_path / path).read_bytes())]
        return [str(one) for one in drawn(everything, 3, seed)]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert len(draw(1)) == 3


def test_a_place_without_modules_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no modules in nowhere"):
        list(files_in(tmp_path, ["nowhere"]))


# What becomes of them -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_killed_surviving_and_untested_mutants_are_told_apart(tmp_path):
    root = write(tmp_path / "root", RULES, TESTS)
    before = (root / "toy/rules.py").read_bytes()
    accepted = ["toy/rules.py::is_late: 5 -> 6"]
    verdicts, found = mutate.mutate(root, places=["toy"], jobs=2, accepted=accepted)
    assert {str(one.mutant).removeprefix("toy/rules.py:"): (one.state, one.tests) for one in verdicts} == {
        "3: 3 -> 4": ("killed", 4),  # a line that an import runs: every test of the module
        "7: age >= 18 -> age > 18": ("killed", 2),
        "7: 18 -> 19": ("killed", 2),
        "11: minutes > 5 -> minutes >= 5": ("survived", 1),  # run by a fixture
        "15: number <= LIMIT -> number < LIMIT": ("killed", 1),
        "19: number < 2 -> number <= 2": ("run by no test", 0),
        "19: 2 -> 3": ("run by no test", 0),
    }
    assert found.failed == []
    assert (root / "toy/rules.py").read_bytes() == before
    report = mutate.report_of(verdicts, found, seed=1, places=["toy"])
    assert report["states"] == {"killed": 4, "survived": 1, "run by no test": 2}


@pytest.mark.slow
def test_a_test_that_fails_without_a_mutant_kills_none(tmp_path):
    rule = "def is_late(minutes):\n    return (\n        minutes\n        > 5\n    )\n"
    tests = """
        from toy.rules import is_late

        def test_is_late():
            assert is_late(9)

        def test_fails():
            assert is_late(6) and not is_late(5) and is_late(4)
    """
    verdicts, found = mutate.mutate(write(tmp_path, rule, tests), places=["toy"])
    assert found.failed == ["tests/toy/test_rules.py::test_fails"]
    assert [(one.mutant.before, one.state) for one in verdicts] == [("minutes > 5", "survived"), ("5", "survived")]


@pytest.mark.slow
def test_what_never_ends_is_ended(tmp_path):
    count = "def count(number):\n    while number:\n        number -= 1\n    return number\n"
    test = "from toy.rules import count\n\n\ndef test_count():\n    assert count(3) == 0\n"
    verdicts, _found = mutate.mutate(write(tmp_path, count, test), places=["toy/rules.py"], start_seconds=5)
    states = {f"{one.mutant.before} -> {one.mutant.after}": one.state for one in verdicts}
    assert states["number -= 1 -> pass"] == "took too long"
    assert states["number -> not number"] == "killed"


@pytest.mark.slow
def test_whoever_ends_it_ends_what_it_started(tmp_path):
    marker = tmp_path / "running"
    rule = "def goes_on():\n    return 1 > 1\n"  # with `>=` for ever
    test = f"""
        import os
        from toy.rules import goes_on

        def test_goes_on():
            while goes_on():
                open({str(marker)!r} + str(os.getpid()), "w").close()
    """
    root = write(tmp_path / "root", rule, test)
    start = f"mutate.mutate(pathlib.Path({str(root)!r}), places=['toy'])"
    code = f"import pathlib; from benchmarks import mutate; mutate.end_on_request(); {start}"
    folder = tmp_path / "temporary"
    folder.mkdir()
    process = subprocess.Popen([sys.executable, "-c", code], cwd=mutate.ROOT, env=os.environ | {"TMPDIR": str(folder)})
    until(lambda: list(tmp_path.glob("running*")))
    process.terminate()
    assert process.wait(60) == 1
    assert list(folder.iterdir()) == []
    (found,) = tmp_path.glob("running*")
    until(lambda: not Path("/proc", found.name.removeprefix("running")).exists())


@pytest.mark.slow
def test_tests_that_cannot_run_are_not_taken_for_a_verdict(tmp_path):
    with pytest.raises(SystemExit, match="do not run without a mutant"):
        mutate.mutate(write(tmp_path, RULES, "import nothing_of_that_name\n"), places=["toy"])


def test_every_accepted_mutant_has_a_reason(tmp_path):
    path = tmp_path / "accepted.txt"
    assert mutate.accepted_in(path) == {}
    path.write_text("# a remark\n\ntoy/rules.py::is_late: 5 -> 6  # nobody is six minutes late\n")
    assert mutate.accepted_in(path) == {"toy/rules.py::is_late: 5 -> 6": "nobody is six minutes late"}
    path.write_text("toy/rules.py::is_late: 5 -> 6\n")
    with pytest.raises(ValueError, match="has no reason"):
        mutate.accepted_in(path)


def test_what_is_accepted_here_can_still_be_made():
    """A line that names no mutant any more hides nothing, and is taken out."""
    accepted = mutate.accepted_in(mutate.HERE / "mutants_accepted.txt")
    paths = {key.split("::")[0] for key in accepted}
    keys = {one.key for path in paths for one in mutants_of(path, (mutate.ROOT / path).read_bytes())}
    assert set(accepted) <= keys
