"""An organisation of 220 people, all of them known to Accord, of whom half completed and about two thirds left."""

from datetime import date, timedelta

import numpy as np

from accounts.models import Membership, User
from stakeholders.models import Completion, EmploymentStint
from tests.factories import OrganisationFactory

PEOPLE, TARGET, SECRET = 220, "P007", "cell-that-is-a-secret"
FIRST, LAST = date(2022, 1, 1), date(2024, 12, 31)
KINDS = ("voluntary", "voluntary", "voluntary", "involuntary", "other")


def row(organisation, i, rng, **fields):
    hired = FIRST + timedelta(days=int(rng.integers(-700, 500)))
    stays = rng.random() < 0.4
    begins = max(hired, FIRST)
    left = None if stays else begins + timedelta(days=int(rng.integers(1, max((LAST - begins).days, 2))))
    covariates = {
        "site": "ABC"[i % 3],
        "pay": float(rng.normal(50, 8)),
        "but_one": "x",
        "flag": 0.0,
        "name": "all",
    }
    return EmploymentStint(
        organisation=organisation,
        person_id=f"P{i:03}",
        email=f"p{i:03}@acme.example",
        team="Few" if i % 40 == 7 else f"T{i % 4}",
        hire_date=hired,
        exit_date=left,
        exit_kind=KINDS[i % len(KINDS)] if left else "",
        observed_from=FIRST,
        observed_until=LAST,
        covariates=covariates,
        **fields,
    )


def crowd():
    """Members of Accord, half of whom completed, the target among them."""
    rng = np.random.default_rng(8)
    organisation = OrganisationFactory()
    rows = [row(organisation, i, rng) for i in range(PEOPLE)]
    target = next(stint for stint in rows if stint.person_id == TARGET)
    target.covariates |= {"only": SECRET, "flag": 1.0, "name": SECRET}
    del target.covariates["but_one"]
    EmploymentStint.objects.bulk_create(rows)
    users = User.objects.bulk_create(User(email=f"{organisation.pk}.{stint.email}") for stint in rows)
    Membership.objects.bulk_create(
        Membership(organisation=organisation, email=stint.email, person_id=stint.person_id, user=user)
        for stint, user in zip(rows, users, strict=True)
    )
    Completion.objects.bulk_create(
        Completion(
            organisation=organisation,
            person_id=stint.person_id,
            course="Listening",
            completed_on=max(stint.hire_date, FIRST) + timedelta(days=int(rng.integers(20, 600))),
        )
        for i, stint in enumerate(rows)
        if i % 2
    )
    return organisation
