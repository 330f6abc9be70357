"""The digest of the program names everything that answers: modules in folders as well."""

from pathlib import Path

import pytest

from outcomes.analysis import computing
from outcomes.analysis.loading import people
from outcomes.evidence import engine
from outcomes.evidence.words import notices


@pytest.mark.parametrize("module", [computing, people, engine, notices], ids=lambda module: module.__name__)
def test_another_program_has_another_digest(monkeypatch, module):
    before = computing.code_version.__wrapped__()
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + (b"#" if path == Path(module.__file__) else b""))
    assert computing.code_version.__wrapped__() != before
