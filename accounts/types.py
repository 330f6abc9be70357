"""Who asks and who acts, for the annotations of rules, queries and services."""

from django.contrib.auth.models import AnonymousUser

from accounts.models import User

# Whoever sends a request, signed in or not.
Visitor = User | AnonymousUser
# Who changes something: a signed-in person, or None for a command and for the system itself.
Actor = User | None
