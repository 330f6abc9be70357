"""Which task waits in which queue. A test fails for a task of ours that is not listed.

`urgent` is what somebody waits for right now, and money; `default` is short; `bulk` may take minutes. Background jobs
(`jobs.run`) name their queue themselves, by the size of the work.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from common.queues import Queue

QUEUE_OF = {
    "mail.send_deliveries": Queue.URGENT,
    "billing.process_event": Queue.URGENT,
    "access.expire_seats": Queue.DEFAULT,
    "billing.process_waiting_events": Queue.DEFAULT,
    "cms.publish_course": Queue.DEFAULT,
    "jobs.run": Queue.DEFAULT,
    "jobs.run_library_task": Queue.DEFAULT,
    "jobs.sweep": Queue.DEFAULT,
    "accounts.clear_sessions": Queue.BULK,
    "billing.forget_messages": Queue.BULK,
    "billing.settle_open_orders": Queue.BULK,
    "cms.repair_course_versions": Queue.BULK,
    "imports.forget_old_problems": Queue.BULK,
    "imports.forget_waiting_files": Queue.BULK,
    "jobs.forget_old_jobs": Queue.BULK,
    "learning.settle_enrolments": Queue.BULK,
    "mail.forget_old_mail": Queue.BULK,
    "mail.send_waiting_mail": Queue.BULK,
}


def route(name: str, args: Sequence[Any], *_kwargs_and_options: Mapping[str, Any], **_task: Any) -> dict[str, str]:
    """For Celery: the queue of a task that is enqueued without naming one."""
    if name == "mail.send_deliveries" and args and len(args[0]) > 1:
        return {"queue": Queue.BULK}
    return {"queue": QUEUE_OF.get(name, Queue.DEFAULT)}
