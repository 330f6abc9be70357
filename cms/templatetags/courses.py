"""How the course of a page stands, and whom an act on it touches, in the templates of the editor."""

from django import template
from wagtail.models import Page

from cms.models import CoursePage
from cms.publications import State, state_of
from cms.reach import Effect, effect_of_moving, effect_of_publishing, effect_of_taking_back

register = template.Library()


@register.simple_tag
def course_page_of(page: Page) -> CoursePage | None:
    """The page of the course that a page is a part of, once it has been saved."""
    return CoursePage.objects.ancestor_of(page, inclusive=True).first() if page.pk else None


@register.simple_tag
def course_state(page: CoursePage) -> State:
    return state_of(page)


@register.simple_tag
def publishing_effect(page: Page) -> Effect | None:
    return effect_of_publishing(page) if page.pk else None


@register.simple_tag
def taking_back_effect(page: Page) -> Effect | None:
    return effect_of_taking_back(page)


@register.simple_tag
def moving_effect(page: Page, destination: Page) -> Effect | None:
    return effect_of_moving(page, destination)
