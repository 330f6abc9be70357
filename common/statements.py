"""What SQL written by hand shares with the models.

A page that is opened all day spends more on writing its SQL anew than the database spends on answering it. Where that was
measured (decision 0039) the statement is written out, in SQL that PostgreSQL and SQLite both read, and a test holds its answers
against those of the ORM.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model

AnyModel = TypeVar("AnyModel", bound=Model)


def parameter(column: Field[Any, Any], value: Any) -> Any:
    """`value` as the database keeps it in that column."""
    return column.get_db_prep_value(value, connection)


def places(values: Iterable[object]) -> str:
    """One `%s` for each, to stand within IN (…); of nothing, IN (NULL) finds nothing."""
    return ", ".join("%s" for _value in values) or "NULL"


def partial(model: type[AnyModel], **values: Any) -> AnyModel:
    """A row of which these columns were read; whatever else is asked of it is read when it is asked for."""
    return model.from_db(connection.alias, list(values), list(values.values()))
