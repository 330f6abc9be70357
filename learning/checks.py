"""What `manage.py check --deploy` says of the fonts of this machine."""

from typing import Any

from django.core import checks

from learning.certificates.printing import SCRIPTS, scripts_without_font

# Not missed by anybody's name, and told where somebody has one.
OPTIONAL = {"emoji"}


@checks.register("fonts", deploy=True)
def fonts_for_certificates(**options: Any) -> list[checks.CheckMessage]:
    missing = [str(SCRIPTS[name][0]) for name in scripts_without_font() if name not in OPTIONAL]
    if not missing:
        return []
    return [
        checks.Warning(
            f"No font of this machine draws {', '.join(missing)}: certificates with names in these scripts have no PDF.",
            hint="Install the packages under “Fonts” in docs/operations.md, or put font files into the folder ACCORD_FONTS.",
            id="learning.W001",
        )
    ]
