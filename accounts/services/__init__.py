"""Everything that changes organisations, their teams and people, and who may do what. One verb per function."""

from accounts.services.organisations import (
    assign_role,
    change_organisation,
    create_organisation,
    create_team,
    delete_team,
    remove_role,
    rename_team,
)

__all__ = [
    "assign_role",
    "change_organisation",
    "create_organisation",
    "create_team",
    "delete_team",
    "remove_role",
    "rename_team",
]
