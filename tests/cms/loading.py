"""Courses in files, as they stand after everything that loading does later is done."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import TestCase

from cms.content_files import load
from cms.publishing import PublishAfterCommit


def load_written(write: Callable[[Path], None]) -> None:
    with TemporaryDirectory() as folder:
        write(Path(folder))
        with TestCase.captureOnCommitCallbacks() as callbacks:
            load(Path(folder))
    for callback in callbacks:  # not Wagtail's indexing, which takes its time
        if isinstance(callback, PublishAfterCommit):
            callback()
