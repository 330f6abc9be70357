"""E-mails: to a learner whose text was rated, to somebody who is to rate, and to all concerned where a rubric is paused."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from accounts.queries import zone_of
from common.page_links import page_links
from mail import services as mail
from mail.enums import WAITING
from mail.hours import next_waking_hour
from mail.models import MailDelivery
from mail.queries import stopped_choices
from mail.services.choices import link_to_stop
from rating.models import Rater, Rubric, Work

RATED, APPOINTED, PAUSED = "text_rated", "rater_appointed", "rubric_paused"
CHOICE = "ratings"


def tell_of_results(works: Iterable[Work], now: datetime) -> None:
    """One e-mail a sitting, by day where its reader is, unless one still waits to go out. It does not say what raters said."""
    attempts = {f"rated:{work.response.attempt.uuid}": work.response.attempt for work in works}
    waiting = set(MailDelivery.objects.filter(about__in=attempts, state__in=WAITING).values_list("about", flat=True))
    deliveries = []
    for about, attempt in attempts.items():
        user = attempt.user
        if about in waiting or not user.is_active or CHOICE in stopped_choices(user.pk):
            continue
        read_at = next_waking_hour(now.astimezone(zone_of(user)))
        deliveries.append(
            MailDelivery(
                template=RATED,
                recipient=user.email,
                link=link_to_stop(user_id=user.pk, recipient=user.email, choice=CHOICE, now=now),
                about=about,
                context={
                    "first_name": user.first_name,
                    "course_title": attempt.enrolment.course.title,
                    "page": reverse("rating:results", args=[attempt.uuid]),
                },
                not_before=read_at if read_at > now else None,
            )
        )
    mail.enqueue_in_bulk(deliveries)


def is_result_wanted(delivery: MailDelivery) -> bool:
    """Whether there is still a result to read, and it is not withheld."""
    works = Work.objects.filter(response__attempt__uuid=delivery.about.removeprefix("rated:"), score__isnull=False)
    return works.filter(rubric__paused_at=None, response__attempt__user__is_active=True).exists()


def tell_of_appointment(rater: Rater) -> None:
    if rater.user is not None:
        _tell(APPOINTED, rater.user, {"page": reverse("rating:queue", args=[rater.item.uuid])})


def tell_of_pause(rubric: Rubric) -> None:
    """To its raters, and to whoever appointed them."""
    raters = Rater.objects.filter(item=rubric.item_id, ended_at=None).select_related("user", "appointed_by")
    leads = {rater.appointed_by for rater in raters if rater.appointed_by}
    readers = leads | {rater.user for rater in raters if rater.user}
    own_page = reverse("rating:queue", args=[rubric.item.uuid])
    leads_page = reverse(page_links["see how raters agree"].url_name, args=[rubric.item_id])
    for user in sorted(readers, key=lambda user: user.pk):
        is_lead = user in leads
        _tell(PAUSED, user, {"page": leads_page if is_lead else own_page, "is_lead": is_lead})


def _tell(template: str, user: User, context: dict[str, object]) -> None:
    if user.is_active:
        mail.enqueue_mail(
            template=template,
            recipient=user.email,
            context={"first_name": user.first_name} | context,
            about=f"rater:{user.pk}",
        )
