"""Files about customers and partners: their dates, who looked after them, and contracts."""

from django.utils.translation import gettext_lazy as _

from accounts.rules import can_upload_outcomes
from imports.kinds import Column, ImportKind
from stakeholders.kinds.columns import (
    CURRENCY,
    END_AFTER_START,
    LOOKED_AFTER,
    OBSERVED,
    OBSERVED_IN_ORDER,
    PERIOD_FROM,
    PERIOD_TO,
    PERIODS_APART,
    identifier,
)
from stakeholders.kinds.uploads import PAGES, PAGES_OF_CONTRACTS, PAGES_OF_LEAVERS, StakeholderUpload
from stakeholders.models import Contract, CustomerPeriod, CustomerStint, PartnerStint
from stakeholders.windows import SPANS, look_for_window

CUSTOMERS = ImportKind(
    pages=PAGES_OF_LEAVERS,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="customers",
    title=_("Customers"),
    summary=_("Your customers, their start and end dates, and who looks after them. A customer who returns is a second row."),
    model=CustomerStint,
    columns=(
        identifier("customer_id", _("Your own ID for the customer."), required=True),
        Column("start_date", "date", _("First day as a customer."), required=True, happens=True),
        Column("end_date", "date", _("Last day; blank while they are a customer."), happens=True),
        Column("segment", "text", _("Kind of customer.")),
        *LOOKED_AFTER,
        Column("annual_value", "money", _("Annual value of the customer."), currency_column="currency"),
        CURRENCY,
        *OBSERVED,
    ),
    key=("customer_id", "start_date"),
    span=SPANS["customers"],
    has_window=True,
    look=look_for_window,
    keeps_others=True,
    orders=(END_AFTER_START, OBSERVED_IN_ORDER),
    sample=(
        {
            "customer_id": "C-204",
            "start_date": "2021-01-01",
            "segment": "Care home",
            "owner_person_id": "0017",
            "annual_value": "18000",
            "currency": "EUR",
        },
    ),
)

CUSTOMER_HISTORY = ImportKind(
    pages=PAGES,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="customer_history",
    title=_("History of customers"),
    summary=_("Who looked after each customer, from when to when. One row for each period."),
    model=CustomerPeriod,
    columns=(
        identifier("customer_id", _("As in the customers file."), required=True),
        PERIOD_FROM,
        PERIOD_TO,
        Column("team", "text", _("Team that looked after them.")),
        identifier("owner_person_id", _("person_id of the colleague who looked after them.")),
        Column("annual_value", "money", _("Annual value of the customer in this period, in your organisation's currency.")),
    ),
    key=("customer_id", "from"),
    says_nothing_without=("owner_person_id", "team"),
    span=("from", "to"),
    apart=True,
    orders=(PERIODS_APART,),
    sample=(
        {"customer_id": "C-204", "from": "2021-01-01", "to": "2022-12-31", "owner_person_id": "0017"},
        {"customer_id": "C-204", "from": "2023-01-01", "owner_person_id": "0018"},
    ),
)

PARTNERS = ImportKind(
    pages=PAGES_OF_LEAVERS,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="partners",
    title=_("Partners"),
    summary=_("Your partners, their start and end dates, and who looks after them. A partner who returns is a second row."),
    model=PartnerStint,
    columns=(
        identifier("partner_id", _("Your own ID for the partner."), required=True),
        Column("start_date", "date", _("First day as a partner."), required=True, happens=True),
        Column("end_date", "date", _("Last day; blank while they are a partner."), happens=True),
        *LOOKED_AFTER,
        Column("annual_value", "money", _("Annual value of the partnership, in your organisation's currency.")),
        *OBSERVED,
    ),
    key=("partner_id", "start_date"),
    span=SPANS["partners"],
    has_window=True,
    look=look_for_window,
    keeps_others=True,
    orders=(END_AFTER_START, OBSERVED_IN_ORDER),
    sample=({"partner_id": "P-12", "start_date": "2021-04-01", "team": "Alliances", "owner_person_id": "0018"},),
)

CONTRACTS = ImportKind(
    pages=PAGES_OF_CONTRACTS,
    may=can_upload_outcomes,
    upload_form=StakeholderUpload,
    name="contracts",
    title=_("Contracts"),
    summary=_("Your contracts with customers: from when to when, how much, and what became of them when they ended."),
    model=Contract,
    columns=(
        identifier("customer_id", _("As in the customers file."), required=True),
        Column("start_date", "date", _("First day of the contract."), required=True),
        Column("end_date", "date", _("Last day of the contract, also if that is still to come."), required=True),
        Column("value", "money", _("Value of the whole contract."), currency_column="currency"),
        CURRENCY,
        Column(
            "result",
            "choice",
            _("What became of it: renewed, expanded, reduced or lost; blank while it runs."),
            choices=("renewed", "expanded", "reduced", "lost"),
            blank_means=_("Still runs"),
        ),
    ),
    key=("customer_id", "start_date"),
    has_window=True,
    look=look_for_window,
    orders=(END_AFTER_START,),
    sample=(
        {
            "customer_id": "C-204",
            "start_date": "2021-01-01",
            "end_date": "2023-12-31",
            "value": "54000",
            "currency": "EUR",
            "result": "renewed",
        },
        {"customer_id": "C-204", "start_date": "2024-01-01", "end_date": "2026-12-31", "value": "60000", "currency": "EUR"},
    ),
)
