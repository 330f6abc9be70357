"""Columns that tell of a person what an analysis of training seldom needs: names, and what the law protects in particular.

They are left out unless somebody says why they are kept. What a column holds is told by its name, in English and German, and
by its values where these can hardly mean anything else. Sources: Article 9(1) of Regulation (EU) 2016/679 for health, origin,
belief and union; Article 21 of the Charter of Fundamental Rights for the others. Nothing here is certain: a reader decides.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.cells import is_blank_word
from common.characters import unaccented
from common.dates import looks_like_date

NAME, BIRTH, HEALTH, ORIGIN, BELIEF, UNION, SEX, FAMILY = (
    "name",
    "birth",
    "health",
    "origin",
    "belief",
    "union",
    "sex",
    "family",
)
WHAT: dict[str, Promise] = {
    NAME: _("people's names"),
    BIRTH: _("dates of birth"),
    HEALTH: _("health"),
    ORIGIN: _("origin"),
    BELIEF: _("belief"),
    UNION: _("union membership"),
    SEX: _("sex or gender"),
    FAMILY: _("marital status"),
}
# A name is cut into words: BirthDate, birth_date and "Date of birth" all have the word birth. Longer words begin so.
_WORDS = {
    BIRTH: "birth birthday birthdate dob geburtsdatum geburtstag geboren geb geburtsjahr geburt birthyear",
    HEALTH: (
        "health diagnosis diagnose diagnoses disability disabled disabilities handicap pregnancy pregnant maternity illness "
        "sickness sick medical krankheit krank krankheitstage gesundheit schwanger schwangerschaft mutterschutz behinderung "
        "schwerbehinderung schwerbehindert gdb"
    ),
    ORIGIN: (
        "race racedesc raceethnicity ethnicity ethnic nationality citizenship citizen citizendesc hispanic latino "
        "hispaniclatino birthplace migration herkunft nationalitat staatsangehorigkeit staatsburgerschaft ethnie geburtsort "
        "geburtsland migrationshintergrund"
    ),
    BELIEF: "religion religious belief beliefs faith denomination konfession glaube kirche kirchensteuer politics political",
    UNION: "gewerkschaft gewerkschaftsmitglied unionmember unionmembership unionised unionized",
    SEX: "sex gender genderid sexid geschlecht pronouns orientation anrede salutation",
    FAMILY: (
        "marital maritaldesc maritalstatus maritalstatusid married marriedid spouse familienstand verheiratet ehestand "
        "familienstatus"
    ),
    NAME: (
        "surname forename firstname lastname fullname nachname vorname familienname mitarbeitername employeename rufname "
        "zuname geburtsname managername"
    ),
}
_BY_WORD = {word: what for what, words in _WORDS.items() for word in words.split()}
# Words that mean it only together, or only without another.
_UNION_WITH = {"member", "membership", "code", "name", "status", "dues", "local", "flag"}
_NAME_WITH = {
    "employee", "emp", "worker", "person", "staff", "manager", "supervisor", "first", "last", "full", "family", "given",
    "middle", "maiden", "preferred", "legal", "mitarbeiter", "fuhrungskraft", "customer", "client", "contact", "owner",
}  # fmt: skip
# The health of an account, a policy or an index is nobody's, and a senior citizen is one of any country.
_MEANS_OTHERWISE = {HEALTH: {"score", "index", "account", "system", "customer", "insurance", "plan"}, ORIGIN: {"senior"}}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_LISTED = {
    SEX: "m, f, w, d, x, male, female, man, woman, men, women, non-binary, diverse, mannlich, weiblich, divers, herr, frau",
    FAMILY: (
        "single, married, divorced, widowed, separated, engaged, ledig, verheiratet, geschieden, verwitwet, getrennt, "
        "verpartnert"
    ),
    BELIEF: (
        "christian, catholic, roman catholic, protestant, orthodox, muslim, jewish, hindu, buddhist, sikh, atheist, agnostic, "
        "evangelisch, katholisch, romisch-katholisch, muslimisch, judisch, konfessionslos, rk, ev"
    ),
    ORIGIN: (
        "white, black, asian, hispanic, latino, caucasian, african american, black or african american, two or more races, "
        "american indian or alaska native, native hawaiian or other pacific islander, us citizen, eligible noncitizen, "
        "non-citizen"
    ),
    HEALTH: "pregnant, disabled, diabetes, depression, burnout, cancer, asthma, schwanger, behindert, schwerbehindert, krebs",
}
_VALUES = {what: frozenset(listed.split(", ")) for what, listed in _LISTED.items()}
_OF_MEN, _OF_WOMEN = {"m", "male", "man", "men", "mannlich", "herr"}, {"f", "w", "female", "woman", "women", "weiblich", "frau"}
# So much of a column has to be of such values, where the others are of no list ("prefer not to say").
_ENOUGH = 0.7
_FEW = 12
_SURNAME_FIRST = re.compile(r"[^\W\d_][\w'’. -]*,\s*[^\W\d_][\w'’. -]*")
_MIN_NAMES = 5


def words_of(name: str) -> list[str]:
    """The words of a column name, plain: "EmpBirth_Date" → emp, birth, date."""
    return [unaccented(word) for word in re.split(r"[\W_]+", _CAMEL.sub(" ", name)) if word]


def told_by_name(name: str) -> str:
    """What a column of this name tells of a person; blank where nothing."""
    words = words_of(name)
    have, whole = set(words), "".join(words)
    if whole in ("name", "names"):
        return NAME
    for word in [whole, *words]:
        what = _BY_WORD.get(word, "")
        if what and not have & _MEANS_OTHERWISE.get(what, set()):
            return what
    if "name" in have and have & _NAME_WITH:
        return NAME
    return UNION if "union" in have and (len(words) == 1 or have & _UNION_WITH) else ""


def told_by_values(values: Iterable[str]) -> str:
    """What these values of one column tell of a person; blank where nothing, or where they could mean something else."""
    found = [value.strip() for value in values if value.strip() and not is_blank_word(value)]
    distinct = {" ".join(unaccented(value).split()) for value in found}
    if 2 <= len(distinct) <= _FEW:
        for what, known in _VALUES.items():
            is_told = len(distinct & known) >= max(2, _ENOUGH * len(distinct))
            # "m" and "x" are sizes, too.
            if is_told and (what != SEX or (distinct & _OF_MEN and distinct & _OF_WOMEN)):
                return what
    return NAME if _are_names(found) else ""


def _are_names(values: Sequence[str]) -> bool:
    """Whether they are written as "Doe, Jane", and hardly any comes twice; places and dates are not."""
    fits: Callable[[str], object] = _SURNAME_FIRST.fullmatch
    n = sum(1 for value in values if fits(value) and not looks_like_date(value))
    return len(values) >= _MIN_NAMES and n >= 0.9 * len(values) and len(set(values)) >= 0.9 * len(values)


def told(name: str, values: Iterable[str]) -> str:
    return told_by_name(name) or told_by_values(values)
