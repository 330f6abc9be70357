from mail.services.bounces import record_bounces
from mail.services.bulk import enqueue_in_bulk
from mail.services.delivering import cancel, enqueue_mail, send_after_commit, send_bulk_after_commit
from mail.services.outbox import queue_message
from mail.services.upkeep import record_bounce, resend_failed

__all__ = [
    "cancel",
    "enqueue_in_bulk",
    "enqueue_mail",
    "queue_message",
    "record_bounce",
    "record_bounces",
    "resend_failed",
    "send_after_commit",
    "send_bulk_after_commit",
]
