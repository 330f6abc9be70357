"""What no log line and no report of an error may carry, whoever wrote it: addresses, and what opens something."""

import re

SECRET = re.compile(r"://[^\s/@]*:[^\s/@]*@")  # before the host in the address of a server
ADDRESS = re.compile(r"\b\w[\w.!#$%&'*+/=?^`{|}~-]{0,63}@[\w-]+(?:\.[\w-]+)+")
# Links in mails, invitations, keys of new passwords: whoever has the address may act.
OPENING = re.compile(r"(/l/|/accounts/password/reset/key/|/accounts/confirm-email/)[^\s/?\"']+")
# PostgreSQL quotes the row that it refuses.
ROW = re.compile(r"(DETAIL: ).*|(Failing row contains ).*|(Key \(.*?\)=)\(.*?\)")


def scrub(text: str) -> str:
    text = ROW.sub(lambda found: f"{found[1] or found[2] or found[3]}[left out]", text)
    text = OPENING.sub(r"\1[link]", text)
    # With a blank for a moment, or host and mark would look like an address.
    text = SECRET.sub("://[left out] @", text)
    return ADDRESS.sub("[address]", text).replace("[left out] @", "[left out]@")
