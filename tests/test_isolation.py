"""No organisation sees another. Walks every model that belongs to one and every address of the console."""

import uuid
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Organisation
from tests import factories
from tests.foreign_rows import MARK, ForeignRows, contents

pytestmark = pytest.mark.django_db
OUR_APPS = (
    "imports",
    "mail",
    "jobs",
    "accounts",
    "skills",
    "learning",
    "access",
    "courses",
    "assessments",
    "practice",
    "billing",
    "stakeholders",
    "feedback",
    "needs",
    "outcomes",
    "cms",
    "web",
)
# Rows that may stand without an organisation, and why.
MAY_STAND_ALONE = {
    "accounts.AuditEvent": "changes of operators",
    "billing.Order": "somebody who buys alone",
    "access.AccessGrant": "free courses and people who buy alone",
    "learning.Enrolment": "people who learn alone",
    "mail.Contact": "belongs to the person who added it",
    "jobs.Job": "work of operators",
    "skills.Framework": "the skills of Accord",
    "mail.BulkTurn": "the line of what belongs to no organisation",
    "mail.MailDelivery": "mail to people who learn alone",
    "mail.MailLink": "agreements of people who learn alone",
}


def console_patterns() -> Iterator[URLPattern]:
    """The addresses under /org/<organisation>/."""
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and str(entry.pattern).startswith("org/"):
            yield from (pattern for pattern in entry.url_patterns if isinstance(pattern, URLPattern))


PATTERNS = {pattern.name: pattern for pattern in console_patterns()}
EXAMPLES = {"uuid": uuid.UUID(int=7), "int": 7, "slug": "example", "str": "example", "path": "example"}


def address(name: str, organisation: Organisation) -> str:
    """An address of the console with plausible values for its other parts."""
    converters = PATTERNS[name].pattern.converters
    values = {}
    for key, converter in converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        values[key] = EXAMPLES[kind]
    return reverse(f"org:{name}", kwargs={"organisation": organisation.slug} | values)


def requests(client: Client, name: str, organisation: Organisation) -> Iterator[int]:
    """Status of a GET and a POST; an address that does not take one of them says 405 before anything else."""
    for method in (client.get, client.post):
        status = method(address(name, organisation)).status_code
        if status != 405:
            yield status


def test_the_console_has_addresses():
    assert {"people", "people_import", "teams", "settings", "audit"} <= set(PATTERNS)


def test_every_address_is_behind_the_console_rule():
    open_ones = [name for name, pattern in PATTERNS.items() if not hasattr(pattern.callback, "rule")]
    assert open_ones == []


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_visitors_are_sent_to_sign_in(name, organisation):
    for method in (Client().get, Client().post):
        answer = method(address(name, organisation))
        assert answer.status_code in (302, 405)
        if answer.status_code == 302:
            assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_an_owner_of_another_organisation_finds_nothing(name, organisation, member, sign_in):
    stranger = sign_in(member(factories.OrganisationFactory(), "owner").user)
    assert set(requests(stranger, name, organisation)) == {404}


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_former_owner_finds_nothing(name, organisation, member, sign_in):
    former = sign_in(member(organisation, "owner", state="left").user)
    assert set(requests(former, name, organisation)) == {404}


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_learner_is_turned_away(name, organisation, member, sign_in):
    learner = sign_in(member(organisation).user)
    assert set(requests(learner, name, organisation)) == {403}


def models_of_organisations():
    for model in apps.get_models():
        if model._meta.app_label in OUR_APPS:
            for field in model._meta.get_fields():
                if field.is_relation and field.concrete and field.related_model is Organisation:
                    yield model, field


def test_rows_belong_to_an_organisation_unless_said_otherwise():
    alone = {model._meta.label for model, field in models_of_organisations() if field.null}
    assert alone == set(MAY_STAND_ALONE)


def test_the_rows_of_an_organisation_go_with_it():
    """Only what a person keeps when an organisation ends may outlive it."""
    outliving = {
        model._meta.label for model, field in models_of_organisations() if field.remote_field.on_delete.__name__ != "CASCADE"
    }
    assert outliving == {"billing.Order", "learning.Enrolment"}


# Addresses whose further part names no row of an organisation.
NAMES_NO_ROW = {"import_template": "an example of a kind of file", "outcomes_template": "a document to fill in"}


def test_there_is_a_row_of_every_model_of_organisations(organisation):
    """A model that comes is added to `ForeignRows`, with the addresses that lead to its rows."""
    assert set(ForeignRows(organisation).rows) == {model._meta.label for model, _field in models_of_organisations()}


def test_every_address_that_names_a_row_is_tried(organisation):
    naming = {name for name, pattern in PATTERNS.items() if set(pattern.pattern.converters) - {"organisation"}}
    assert naming - set(NAMES_NO_ROW) == set(ForeignRows(organisation).addresses)
    assert set(NAMES_NO_ROW) <= naming


def test_rows_of_another_organisation_are_not_found_through_ones_own_console(organisation, member, sign_in):
    rows, own = ForeignRows(organisation), factories.OrganisationFactory()
    client = sign_in(with_every_role(member, own).user)
    before = contents(organisation, rows.rows)
    answers = {
        name: {method(reverse(f"org:{name}", kwargs={"organisation": own.slug} | parts)).status_code for method in methods}
        for name, parts in rows.addresses.items()
        for methods in [(client.get, client.post)]
    }
    assert {name: statuses for name, statuses in answers.items() if not statuses <= {404, 405} or 404 not in statuses} == {}
    assert contents(organisation, rows.rows) == before


def test_the_same_rows_are_found_through_the_console_of_their_own_organisation(organisation, member, sign_in):
    """Otherwise the test above would find out nothing."""
    rows = ForeignRows(organisation)
    client = sign_in(with_every_role(member, organisation).user)
    # A file is there only once rows were skipped, a table once there is a result with it.
    not_yet = {"import_skipped_rows", "evidence_run_table", "evidence_run_json"}
    missing = [
        name
        for name, parts in rows.addresses.items()
        if client.get(reverse(f"org:{name}", kwargs={"organisation": organisation.slug} | parts)).status_code == 404
    ]
    assert set(missing) <= not_yet


def test_no_page_of_ones_own_console_shows_anything_of_another_organisation(organisation, member, sign_in):
    ForeignRows(organisation)
    own = factories.OrganisationFactory()
    client = sign_in(with_every_role(member, own).user)
    shown = []
    for name, pattern in PATTERNS.items():
        if not set(pattern.pattern.converters) - {"organisation"}:
            answer = client.get(reverse(f"org:{name}", args=[own.slug]))
            data = b"".join(answer.streaming_content) if answer.streaming else answer.content
            shown += [name] * (MARK.lower().encode() in data.lower())
    assert shown == []


def with_every_role(member, organisation: Organisation):
    membership = member(organisation, "owner")
    for role in ("admin", "lnd_partner", "data_steward", "outcomes_reader", "billing", "manager"):
        factories.RoleAssignmentFactory(membership=membership, role=role)
    return membership
