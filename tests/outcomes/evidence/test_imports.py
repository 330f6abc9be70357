import subprocess
import sys

import pytest

HEAVY = ("numpy", "pandas", "scipy", "lifelines", "statsmodels", "altair", "django")


@pytest.mark.parametrize("module", ["", ".question", ".result", ".limits", ".words", ".summary"])
def test_what_a_web_process_imports_is_light(module):
    program = f"import sys, outcomes.evidence{module}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_engine_knows_no_django():
    program = "import sys, outcomes.evidence.engine, outcomes.evidence.svg; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
