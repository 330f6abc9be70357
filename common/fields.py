"""Model fields shared by several apps."""

from typing import Any

from django.db import models


class LowercaseEmailField(models.EmailField):
    """An e-mail address kept in lower case, so that equality and uniqueness ignore case on every database."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.strip().lower() if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value.strip().lower() if isinstance(value, str) else value
