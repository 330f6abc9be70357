"""What upper apps hear of assessments."""

from assessments.models import Attempt
from common.events import Event

texts_submitted: Event[Attempt] = Event("An attempt with texts is submitted", stages=("have them rated",))
"""Sent once, in the transaction that submits it. Which of them were written, and how long they are, its responses say."""
