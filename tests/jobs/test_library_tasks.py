"""What the broker may have a worker run for a library: what libraries enqueue, and nothing else."""

import logging
import pkgutil
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from django_tasks.base import Task
from wagtail.documents.models import Document
from wagtail.models import Collection
from wagtail.search.models import IndexEntry

from jobs.enums import JobState
from jobs.models import Job
from jobs.services import POSTPONED, sweep_jobs
from jobs.tasks_backend import INDEX, LIBRARY_TASKS, run_library_task


def declared_by_libraries() -> set[str]:
    """Every task of django-tasks in the installed apps and in the packages that they are parts of."""
    packages = {config.module.__name__ for config in apps.get_app_configs()} | {"modelsearch"}
    modules = [f"{package}.tasks" for package in packages]
    found = [import_module(name) for name in modules if find_spec(name)]
    return {value.module_path for module in found for value in vars(module).values() if isinstance(value, Task)}


def test_every_task_of_an_installed_library_is_listed():
    assert declared_by_libraries() == LIBRARY_TASKS
    assert pkgutil.resolve_name("wagtail.tasks:update_reference_index_task").module_path in LIBRARY_TASKS


@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "subprocess.Popen",
        "django.core.management.call_command",
        "jobs.services.perform",
        "",
        "os",
        "wagtail.tasks",
    ],
)
def test_anything_else_is_refused_without_being_imported(path, caplog):
    with caplog.at_level(logging.ERROR):
        run_library_task(path, ["ann@example.org"], {})
    assert caplog.messages == [f"Refused a task that no library of ours enqueues: {path!r}"]


@pytest.mark.parametrize(
    "storage",
    [
        ["pathlib.Path", ["/"], {}],
        ["django.core.files.storage.FileSystemStorage", [], {"location": "/"}],
        ["django.core.files.storage.FileSystemStorage", ["/"], {}],
        "pathlib.Path",
        None,
    ],
    ids=["another class", "another folder", "another folder by position", "text", "nothing"],
)
def test_a_file_is_deleted_from_a_storage_of_ours_only(storage, tmp_path, caplog):
    victim = tmp_path / "victim"
    victim.write_text("x")
    with caplog.at_level(logging.ERROR):
        run_library_task("wagtail.tasks.delete_file_from_storage_task", [storage, str(victim).lstrip("/")], {})
    assert (victim.exists(), len(caplog.messages)) == (True, 1)


@pytest.mark.django_db(transaction=True)
def test_two_saves_of_one_page_are_indexed_by_two_workers_at_once():
    if not Collection.get_first_root_node():  # made by a migration, and gone after another test without a transaction
        Collection.add_root(name="Root")
    document = Document.objects.create(title="Notes", file=ContentFile(b"x", "notes.txt"))
    IndexEntry.objects.all().delete()
    task = [INDEX, ["wagtaildocs", "document", str(document.pk)], {}]
    others: list[Future] = []

    def other_worker():
        try:
            run_library_task(*task)
        finally:
            connection.close()

    def let_the_other_in(execute, sql, params, many, context):
        """Between our look for the entry and our writing it."""
        result = execute(sql, params, many, context)
        if not others and sql.startswith("SELECT") and IndexEntry._meta.db_table in sql:
            others.append(pool.submit(other_worker))
            wait(others, timeout=1)  # where it has to wait for us, it is not done
        return result

    with ThreadPoolExecutor(1) as pool:
        with connection.execute_wrapper(let_the_other_in):
            run_library_task(*task)
        for other in others:
            other.result(30)
    assert IndexEntry.objects.filter(object_id=str(document.pk)).count() == 1


@pytest.mark.django_db
def test_the_file_of_a_deleted_document_goes(django_capture_on_commit_callbacks):
    document = Document.objects.create(title="Notes", file=ContentFile(b"x", "notes.txt"))
    name = document.file.name
    with django_capture_on_commit_callbacks(execute=True):
        document.delete()
    assert not default_storage.exists(name)


@pytest.mark.django_db
def test_what_a_library_asks_for_waits_while_the_broker_is_away(broker_is_away, django_capture_on_commit_callbacks):
    document = Document.objects.create(title="Notes", file=ContentFile(b"x", "notes.txt"))
    name = document.file.name
    with django_capture_on_commit_callbacks(execute=True):
        document.delete()
    jobs = Job.objects.filter(kind=POSTPONED)
    assert (default_storage.exists(name), jobs.exists()) == (True, True)
    broker_is_away.is_back()
    jobs.update(updated_at=timezone.now() - timedelta(minutes=1))
    sweep_jobs()
    assert default_storage.exists(name) is False
    assert set(jobs.values_list("state", flat=True)) == {JobState.DONE}
