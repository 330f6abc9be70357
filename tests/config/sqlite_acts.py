"""What a process does to the database of the embedded mode while another one writes too. Talks in lines over its pipes.

`python -m tests.config.sqlite_acts ACT ARGUMENT …` says "ready", waits for a line, acts, and prints what came of it.
"""

import sys

import django


def tell(word: object) -> None:
    print(word, flush=True)


def heed() -> None:
    """Wait until the test says go on."""
    sys.stdin.readline()


def count_up(organisation: str, times: str) -> str:
    """Read, then write what follows from it: lost or refused unless the transaction has the lock before it reads."""
    from django.db import transaction

    from accounts.models import Organisation

    for _n in range(int(times)):
        with transaction.atomic():
            row = Organisation.objects.get(pk=organisation)
            row.name = str(int(row.name) + 1)
            row.save(update_fields=["name"])
    return "counted"


def finish(enrolment: str, *blocks: str) -> str:
    from learning.models import Enrolment
    from learning.services import finish_activity

    row = Enrolment.objects.get(pk=enrolment)
    for block_id in blocks:
        finish_activity(enrolment=row, block_id=block_id)
    return "finished"


def check_file(staged: str) -> str:
    """Check a file, and stop in the midst of it until the test says go on."""
    from imports.models import StagedImport
    from imports.services import check_import

    def report(*_progress: object) -> None:
        tell("in the midst")
        heed()

    return str(check_import(StagedImport.objects.get(pk=staged), report=report).state)


def apply_file(staged: str) -> str:
    from imports.models import StagedImport
    from imports.services import apply_import

    return str(apply_import(StagedImport.objects.get(pk=staged))["placed"])


ACTS = {act.__name__: act for act in (count_up, finish, check_file, apply_file)}


def main() -> None:
    django.setup()
    act, *arguments = sys.argv[1:]
    tell("ready")
    heed()
    tell(ACTS[act](*arguments))


if __name__ == "__main__":
    main()
