"""No organisation sees another. Walks every model that belongs to one and every address of the console."""

import uuid
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Organisation
from tests import factories

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


def own_rows(organisation: Organisation, member) -> dict[str, str]:
    """Rows of `organisation` that have a page of their own, by address name and the part that names them."""
    from imports.kinds import import_kinds
    from imports.models import StagedImport

    membership = member(organisation, "billing")
    staged = StagedImport.objects.create(organisation=organisation, kind="enrolments", file_name="x.csv")
    assert import_kinds[staged.kind]
    team = factories.TeamFactory(organisation=organisation)
    person, report = {"uuid": membership.uuid}, {"uuid": staged.uuid}
    return {
        "person": person,
        "person_resend_invitation": person,
        "person_leave": person,
        "person_reinstate": person,
        "role_add": person,
        "role_remove": person | {"role": membership.roles.get().pk},
        "import_report": report,
        "import_apply": report,
        "import_check": report,
        "import_stop": report,
        "import_restart": report,
        "import_discard": report,
        "import_match": report,
        "import_skip": report,
        "import_skipped_rows": report,
        "import_problems": report,
        "team": {"team_id": team.pk},
    }


def test_rows_of_another_organisation_are_not_found_through_ones_own_console(organisation, member, sign_in):
    own = factories.OrganisationFactory()
    owner = sign_in(member(own, "owner").user)
    for name, parts in own_rows(organisation, member).items():
        target = reverse(f"org:{name}", kwargs={"organisation": own.slug} | parts)
        for method in (owner.get, owner.post):
            assert (name, method(target).status_code in (404, 405)) == (name, True)
    assert organisation.memberships.filter(state="left").count() == 0
