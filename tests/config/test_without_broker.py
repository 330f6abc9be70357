"""Where no wheel of the broker exists, tasks run inside the request, and the start-up text says so."""

import os
import subprocess
import sys
from pathlib import Path

from config.launcher import announce, children

ROOT = Path(__file__).resolve().parents[2]
ASK = """
from django.conf import settings
cache = settings.CACHES["default"]["BACKEND"].rsplit(".", 1)[1]
print(settings.CELERY_TASK_ALWAYS_EAGER, repr(settings.CELERY_BROKER_URL), cache)
"""


def test_settings_do_without_a_broker(tmp_path):
    # The services that the tests may run on have their own addresses in the environment.
    inherited = {name: value for name, value in os.environ.items() if name not in ("CACHE_URL", "CELERY_BROKER_URL")}
    environment = {"ACCORD_VAR": str(tmp_path), "ACCORD_BROKER": "none", "DJANGO_SETTINGS_MODULE": "config.settings.embedded"}
    answer = subprocess.run(
        [sys.executable, "-c", ASK], env=inherited | environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert answer.stdout.strip() == "True '' FileBasedCache"


def test_only_the_web_process_is_started(tmp_path):
    assert [child.name for child in children(tmp_path, 8000, with_worker=False)] == ["web"]
    assert [child.name for child in children(tmp_path, 8000, with_worker=True)] == ["web", "worker", "scheduler"]


def test_the_start_up_text_says_so(capsys):
    announce("http://127.0.0.1:8000", with_worker=False)
    assert "tasks run inside the request that asks for them" in capsys.readouterr().out
    announce("http://127.0.0.1:8000", with_worker=True)
    assert "tasks run inside the request" not in capsys.readouterr().out
