import io

import pytest

from imports.services import bring_file


@pytest.fixture
def bring(organisation):
    """Apply a file: `bring("people", "person_id,hire_date\\n1,2020-01-01\\n")`."""

    def run(kind, text, *, apply=True, to=organisation, **options):
        data = text if isinstance(text, bytes) else text.encode()
        return bring_file(
            organisation=to, kind=kind, file=io.BytesIO(data), file_name=f"{kind}.csv", options=options, apply=apply
        )

    return run


@pytest.fixture
def complaints():
    """What an import complains of, as (row, column, value, message)."""

    def listed(staged):
        return [(p.row_number, p.column, p.value, p.message) for p in staged.problems.all()]

    return listed


def counts(staged):
    return staged.state, staged.rows_new, staged.rows_changed, staged.rows_unchanged
