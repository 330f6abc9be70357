"""Which task waits in which queue. A test fails for a task of ours that is not listed.

`urgent` is what somebody waits for right now, and money; `default` is short; `bulk` may take minutes. Background jobs
(`jobs.run`) name their queue themselves, by the size of the work.
"""

from typing import Any

from common.queues import Queue

QUEUE_OF = {
    "billing.process_event": Queue.URGENT,
    "mail.send_urgent": Queue.URGENT,
    # Only hands over what waits.
    "mail.send_waiting_mail": Queue.URGENT,
    "access.expire_seats": Queue.DEFAULT,
    "assessments.keep_form_figures": Queue.DEFAULT,
    "assessments.release_changes": Queue.DEFAULT,
    "assessments.submit_overdue": Queue.DEFAULT,
    "billing.process_waiting_events": Queue.DEFAULT,
    "cms.publish_course": Queue.DEFAULT,
    "cms.publish_scheduled": Queue.DEFAULT,
    "jobs.run": Queue.DEFAULT,
    "jobs.run_library_task": Queue.DEFAULT,
    "jobs.sweep": Queue.DEFAULT,
    "learning.keep_figures": Queue.DEFAULT,
    "mail.send_deliveries": Queue.DEFAULT,
    "rating.decide_works": Queue.DEFAULT,
    "accounts.clear_sessions": Queue.BULK,
    "accounts.close_accounts": Queue.BULK,
    "accounts.forget_exports": Queue.BULK,
    "assessments.forget_left_answers": Queue.BULK,
    "assessments.forget_question_files": Queue.BULK,
    "assessments.forget_skill_checks": Queue.BULK,
    "assessments.send_notices": Queue.BULK,
    "billing.forget_messages": Queue.BULK,
    "billing.forget_refund_words": Queue.BULK,
    "billing.settle_open_orders": Queue.BULK,
    "cms.repair_course_versions": Queue.BULK,
    "feedback.close_rounds": Queue.BULK,
    "imports.forget_left_files": Queue.BULK,
    "imports.forget_old_problems": Queue.BULK,
    "imports.forget_waiting_files": Queue.BULK,
    "imports.forget_old_changes": Queue.BULK,
    "imports.settle_imports": Queue.DEFAULT,
    "jobs.forget_old_jobs": Queue.BULK,
    "learning.forget_subscribers": Queue.BULK,
    "learning.ask_about_plans": Queue.BULK,
    "learning.remind_of_stalled_courses": Queue.BULK,
    "learning.send_reminders": Queue.BULK,
    "learning.settle_enrolments": Queue.BULK,
    "mail.forget_old_mail": Queue.BULK,
    "mail.send_bulk": Queue.BULK,
    "outcomes.refresh_answers": Queue.BULK,
    "panels.keep_up": Queue.BULK,
    "practice.ask_about_reviews": Queue.BULK,
    "practice.settle_pairs": Queue.BULK,
}


def route(name: str, *_args_and_options: Any, **_task: Any) -> dict[str, str]:
    """For Celery: the queue of a task that is enqueued without naming one."""
    return {"queue": QUEUE_OF.get(name, Queue.DEFAULT)}
