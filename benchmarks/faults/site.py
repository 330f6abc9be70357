"""What these runs share: a site of their own, the people who use it, a payment provider, a mail server, and what is killed.

The site is the one that `make run` starts, without the demonstration, on a free port over a folder that is thrown away. This
process reads its database, and hands tasks to its workers. Django is imported once the folder is there.
"""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import requests

FREE_COURSE, PAID_COURSE = "uncover-what-others-expect", "demo-warn-in-time"
WEB, WORKER, BROKER = "gunicorn", "urgent,default", "valkey-server"
PRICE = 14_900
PASSWORD = "a password of the run"  # noqa: S105 - of nobody outside it
TOKEN = "c" * 32
STOPPED_WITHIN = 60


@contextlib.contextmanager
def mail_server(**how: Any) -> Iterator[Any]:
    """One that takes everything, unless it is told to hang; with the address for EMAIL_URL."""
    from tests.mail import servers

    with servers.mail_server(SimpleNamespace(), **how) as server:
        yield server


@contextlib.contextmanager
def site(mail_port: int, **settings: str) -> Iterator[Any]:
    settings |= {"ACCORD_DEMO": "0", "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}", "LOG_LEVEL": "ERROR"}
    settings["DJANGO_SETTINGS_MODULE"] = "config.settings.embedded"
    with tempfile.TemporaryDirectory(prefix="accord-faults-") as folder, launcher(Path(folder), settings) as started:
        os.environ.update(settings | {"ACCORD_VAR": folder})
        import django

        django.setup()
        load_paid_course()
        yield started


def load_paid_course() -> None:
    """The one that is sold stands with the demonstration, which this site is not."""
    from django.conf import settings

    from cms.content_files import load

    load(settings.CONTENT_DIR / "demo")


@contextlib.contextmanager
def launcher(var: Path, settings: dict[str, str]) -> Iterator[Any]:
    """With more patience at the end than a browser test has: what is stopped is busy, and so is the machine."""
    from tests.browser.stack import ROOT, Site, environment_of, free_port, wait_for

    port, log = free_port(), var / "launcher.log"
    command = [sys.executable, "-u", "-m", "config.launcher", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment_of(var) | settings, stdout=out, stderr=out)
    try:
        wait_for(log, process)
        yield Site(f"http://127.0.0.1:{port}", var)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOPPED_WITHIN)
        kill_all(processes(var))
        process.wait()


# People -----------------------------------------------------------------------------------------------------------------


class Browser:
    """Somebody's, signed in where a user is given. Whatever does not answer counts as an answer with status 0."""

    def __init__(self, site: Any, user: Any = None) -> None:
        from django.conf import settings
        from django.test import Client

        self.url, self.session = site.url, requests.Session()
        self.session.cookies.set(settings.CSRF_COOKIE_NAME, TOKEN)
        self.session.headers["X-CSRFToken"] = TOKEN
        if user is not None:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            self.session.cookies.set(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)

    def get(self, path: str) -> requests.Response:
        return self._ask("GET", path)

    def post(self, path: str, data: Any = None, **more: Any) -> requests.Response:
        return self._ask("POST", path, data=data, **more)

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        try:
            return self.session.request(method, self.url + path, allow_redirects=False, timeout=60, **more)
        except requests.RequestException:
            nothing = requests.Response()
            nothing.status_code = 0
            return nothing


def make_users(name: str, count: int) -> list[Any]:
    from allauth.account.models import EmailAddress

    from accounts.models import User

    users = User.objects.bulk_create(User(email=f"{name}{n}@example.org", first_name=name) for n in range(count))
    EmailAddress.objects.bulk_create(EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users)
    return users


def make_user_with_password(name: str) -> Any:
    (user,) = make_users(name, 1)
    user.set_password(PASSWORD)
    user.save()
    return user


def make_organisation(slug: str) -> tuple[Any, Any]:
    """An organisation, and its administrator."""
    from accounts.services import create_organisation
    from accounts.services.organisations import assign_role

    organisation = create_organisation(slug=slug)
    (admin,) = make_users(f"{slug}-admin", 1)
    assign_role(membership=make_members(organisation, [admin])[0], role="admin")
    return organisation, admin


def make_members(organisation: Any, users: list[Any]) -> list[Any]:
    from django.utils import timezone

    from accounts.models import Membership

    now = timezone.now()
    return Membership.objects.bulk_create(
        Membership(organisation=organisation, user=user, email=user.email, state="active", joined_at=now) for user in users
    )


# Files of people --------------------------------------------------------------------------------------------------------


def table(name: str, count: int) -> str:
    return "email,first_name\n" + "".join(f"{name}{n}@example.org,P{n}\n" for n in range(count))


def upload(browser: Browser, organisation: Any, text: str) -> Any:
    """The import, to be checked."""
    from imports.models import StagedImport

    answer = browser.post(f"/org/{organisation.slug}/people/import/", files={"file": ("people.csv", text.encode())})
    if answer.status_code != 302:
        raise RuntimeError(f"The upload was answered with {answer.status_code}.")
    return StagedImport.objects.get(uuid=answer.headers["Location"].rstrip("/").rpartition("/")[2])


def check(browser: Browser, organisation: Any, text: str) -> float:
    """Seconds from sending a file to its report."""
    began = time.monotonic()
    staged = upload(browser, organisation, text)
    if not until(lambda: state_of(staged) == "ready", 120):
        raise RuntimeError(f"The file was not checked within two minutes: {state_of(staged)}.")
    return time.monotonic() - began


def apply(browser: Browser, staged: Any) -> None:
    if not until(lambda: browser.post(f"/org/{staged.organisation.slug}/imports/{staged.uuid}/apply/").status_code == 302, 120):
        raise RuntimeError("The import could not be started.")


def state_of(staged: Any) -> str:
    staged.refresh_from_db()
    return str(staged.state)


# Payments ---------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def payments() -> Iterator[tuple[Any, dict[str, str]]]:
    """A Stripe on this machine, and the settings of a site that uses it."""
    from tests.billing.fake_stripe import SECRET_KEY, WEBHOOK_SECRET, running_fake

    with running_fake() as (fake, address):
        keys = {"STRIPE_SECRET_KEY": SECRET_KEY, "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET, "STRIPE_API_BASE": address}
        yield fake, keys | {"PAYMENT_GATEWAY": "stripe"}


def paid_order(fake: Any, buyer: Any) -> tuple[Any, dict[str, Any]]:
    """An order whose checkout was paid, and the message about it, which nobody has sent yet."""
    from billing.services import open_checkout, set_price, start_order
    from courses.models import Course

    course_set = Course.objects.get(key=PAID_COURSE).own_set
    set_price(course_set=course_set, kind="person", currency="EUR", amount=PRICE)
    order = start_order(
        buyer=buyer, course_set=course_set, quantity=1, currency="EUR", shown_total=PRICE, request_key=uuid.uuid4()
    )
    open_checkout(order)
    order.refresh_from_db()
    fake.pay(order.gateway_reference)
    return order, fake.events[-1]


def tell(browser: Browser, event: dict[str, Any]) -> bool:
    """Bring a message to the site as Stripe does; whether it was taken."""
    import stripe

    from tests.billing.fake_stripe import WEBHOOK_SECRET

    payload = json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(payload, WEBHOOK_SECRET)
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    return browser.post("/billing/webhooks/stripe/", payload, headers=headers).status_code == 200


# Killing, waiting, measuring ----------------------------------------------------------------------------------------------


def kill(site: Any, word: str) -> int:
    """Kill (-9) the processes of the site whose command has that word, with their children; returns how many."""
    return kill_all({number: command for number, command in processes(site.var).items() if word in command})


def kill_all(numbers: Iterable[int]) -> int:
    killed = 0
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
            killed += 1
    return killed


def processes(var: Path) -> dict[int, str]:
    """The commands of whatever runs over a data folder, by number."""
    mark, found = f"ACCORD_VAR={var}".encode(), {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone in the meantime, or somebody else's
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            # The broker writes its title, with the path of its socket, over its environment.
            if mark in (folder / "environ").read_bytes().split(b"\0") or (BROKER in command and str(var) in command):
                found[int(folder.name)] = command
    return found


def until(true: Callable[[], Any], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@contextlib.contextmanager
def asked_again_and_again(act: Callable[[], Any], pause: float) -> Iterator[list[float]]:
    """The milliseconds that each call took, while the block runs."""
    took: list[float] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.wait(pause):
            began = time.perf_counter()
            act()
            took.append(1000 * (time.perf_counter() - began))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield took
    finally:
        is_over.set()
        thread.join()


def say(what: str, took: list[float], unit: str = "ms") -> None:
    print(f"{what}: {len(took)} times, median {statistics.median(took):,.2f} {unit}, slowest {max(took):,.2f} {unit}")
