"""What an analysis can be about, and how it counts time."""

from django.utils.translation import gettext_lazy as _

EMPLOYEE_EXIT, CUSTOMER_CHURN, PARTNER_EXIT = "employee_exit", "customer_churn", "partner_exit"
TENURE_EXIT = "tenure_exit"
OUTCOMES = {
    EMPLOYEE_EXIT: _("Employee retention"),
    CUSTOMER_CHURN: _("Customer retention"),
    PARTNER_EXIT: _("Partner retention"),
    TENURE_EXIT: _("Retention by tenure, without dates"),
}
EXPOSURES = ("completion", "rollout", "assignment")
CLOCKS = {"day": _("Days"), "month": _("Calendar months")}
