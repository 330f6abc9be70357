"""What an analysis can be about, and how it counts time."""

from django.utils.translation import gettext_lazy as _

EMPLOYEE_EXIT, CUSTOMER_CHURN = "employee_exit", "customer_churn"
OUTCOMES = {EMPLOYEE_EXIT: _("Colleagues who leave"), CUSTOMER_CHURN: _("Customers who leave")}
EXPOSURES = ("completion", "rollout", "assignment")
CLOCKS = {"day": _("Days, as the dates say"), "month": _("Calendar months")}
