"""What no log line and no report of an error may carry, whoever wrote it: addresses, and what opens something."""

import re
from typing import Any

SECRET = re.compile(r"://[^\s/@]*:[^\s/@]*@")  # before the host in the address of a server
ADDRESS = re.compile(r"\b\w[\w.!#$%&'*+/=?^`{|}~-]{0,63}@[\w-]+(?:\.[\w-]+)+")
# Links in mails, invitations, keys of new passwords: whoever has the address may act.
OPENING = re.compile(r"(/l/|/accounts/password/reset/key/|/accounts/confirm-email/)[^\s/?\"']+")
# PostgreSQL quotes the row that it refuses, over several lines where its texts have them, and the line of the statement.
_END = r"(?=\n(?:HINT|CONTEXT|QUERY|STATEMENT): |\n+The above exception|\n+During handling|\Z)"
ROW = re.compile(rf"(DETAIL: )(?s:.*?){_END}|(Failing row contains )(?s:.*?){_END}|(Key \(.*?\)=)\(.*?\)|(LINE \d+: ).*")


def scrub(text: str) -> str:
    text = ROW.sub(lambda found: f"{found[found.lastindex or 0]}[left out]", text)
    text = OPENING.sub(r"\1[link]", text)
    # With a blank for a moment, or host and mark would look like an address.
    text = SECRET.sub("://[left out] @", text)
    return ADDRESS.sub("[address]", text).replace("[left out] @", "[left out]@")


def scrub_all(value: Any) -> Any:
    """`scrub` for every text in lists and dictionaries."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {name: scrub_all(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrub_all(inner) for inner in value]
    return value
