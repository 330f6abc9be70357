"""What is kept of a page depends on its key alone; tokens and what is live never stay in it."""

import re
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import override

from common import fragments


def page(request=None, user=None, **values) -> RequestContext:
    request = request or RequestFactory().get("/some/where/?a=1&b=2")
    request.user = user or AnonymousUser()
    return RequestContext(request, values)


def test_a_part_is_rendered_once_for_its_values():
    seen = []
    template = Template("{% kept name=name %}{{ name.upper }}{% endkept %}{% kept word=word %}{{ word.said }}{% endkept %}")

    class Word:
        def __init__(self, text):
            self.fragment_key = text

        def said(self):
            seen.append(self.fragment_key)
            return self.fragment_key

    for text in ("a", "b", "a", "b"):
        assert template.render(page(name="n", word=Word(text))) == f"N{text}"
    assert seen == ["a", "b"]


def test_nothing_around_it_stands_in_it():
    template = Template("{{ secret }}{% kept name=name %}[{{ secret }}{{ request.path }}{{ user }}{{ name }}]{% endkept %}")
    assert template.render(page(name="n", secret="s")) == "s[n]"


def test_what_is_live_is_the_pages_own_and_escaped():
    template = Template("{% kept name=name %}<p>{{ name }}: {% live %}{{ words }}{% endlive %}</p>{% endkept %}")
    assert template.render(page(name="n", words="<one>")) == "<p>n: &lt;one&gt;</p>"
    assert template.render(page(name="n", words="two")) == "<p>n: two</p>"
    assert template.render(page(name="n")) == "<p>n: </p>"


def test_a_live_part_of_a_loop_is_that_of_its_round():
    template = Template(
        "{% for n in ns %}{% kept name=name %}{{ name }}{% live %}{{ n }}{% endlive %} {% endkept %}{% endfor %}"
    )
    assert template.render(page(name="n", ns=[1, 2, 3])) == "n1 n2 n3 "


def test_outside_of_a_fragment_live_is_as_if_it_were_not_there():
    assert Template("{% live %}{{ words }}{% endlive %}").render(Context({"words": "<a>"})) == "&lt;a&gt;"


FORM = "{% kept name=name %}<form>{% csrf_token %}{% kept_form_owner %}{{ name }}</form>{% endkept %}"


class Person:
    is_authenticated = True

    def __init__(self, pk):
        self.pk = pk


def tokens(html):
    return re.findall(r'name="(?:csrfmiddlewaretoken|kept-for)" value="([^"]+)"', html)


def test_two_requests_and_two_people_never_share_a_token():
    template = Template(FORM)
    found = [tokens(template.render(page(user=Person(pk), name="n"))) for pk in (1, 2, 1)]
    assert [len(pair) for pair in found] == [2, 2, 2]
    assert len({csrf for csrf, _owner in found}) == 3
    assert [owner.split(":")[0] for _csrf, owner in found] == ["1", "2", "1"]
    assert not any(fragments.MARK in token for pair in found for token in pair)


def test_the_token_of_a_form_is_that_of_the_rest_of_its_page():
    request = RequestFactory().get("/")
    html = Template("{{ csrf_token }} " + FORM).render(page(request, Person(1), name="n"))
    assert html.split()[0] == tokens(html)[0]


def test_no_token_is_in_what_is_kept():
    html = Template(FORM).render(page(user=Person(1), name="n"))
    kept = repr(list(fragments._kept.items()))
    assert [token for token in tokens(html) if token in kept] == []


def test_a_fragment_in_another_is_part_of_it_and_stays_live():
    template = Template(
        "{% kept a=a %}{{ a }}{% kept b=a %}{{ b }}{% live %}{{ words }}{% endlive %}{% endkept %}{% endkept %}"
    )
    assert [template.render(page(a="x", words=words)) for words in "yz"] == ["xxy", "xxz"]


def test_languages_have_their_own():
    template = Template("{% kept %}{% get_current_language as language %}{{ language }}{% endkept %}")
    found = []
    for language in ("en", "de", "en"):
        with override(language):
            found.append(template.render(page()))
    assert found == ["en", "de", "en"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (0, None),
        ("", None),
        ("1", 1),
        ("<b>", mark_safe("<b>")),
        ((1,), (True,)),
        (("a", "b"), ("b", "a")),
    ],
)
def test_what_a_page_shows_differently_has_another_key(one, other):
    assert fragments.key_of(one) != fragments.key_of(other)


def test_equal_values_have_equal_keys():
    lazy = SimpleLazyObject(lambda: "Accord")
    assert fragments.key_of(lazy) == fragments.key_of(SimpleLazyObject(lambda: "Accord"))
    assert type(fragments.key_of(lazy)[1]) is str
    identity = "00000000-0000-4000-8000-000000000000"
    assert fragments.key_of((UUID(identity), frozenset({"a"}))) == fragments.key_of((UUID(identity), frozenset({"a"})))


@pytest.mark.parametrize("value", [object(), {"a": 1}, {1}, 1.5, AnonymousUser(), SimpleLazyObject(object), (1, object())])
def test_what_may_change_is_no_key(value):
    with pytest.raises(TypeError, match="fragment_key"):
        fragments.key_of(value)


def test_a_page_that_names_it_all_the_same_fails():
    with pytest.raises(TypeError, match="AnonymousUser"):
        Template("{% kept user=user %}{% endkept %}").render(page())


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{% kept name %}{% endkept %}", "not name"),
        ("{% kept %}{% block a %}{% endblock %}{% endkept %}", "put kept into the block"),
    ],
)
def test_what_cannot_be_kept_is_said_when_the_template_is_read(source, words):
    with pytest.raises(TemplateSyntaxError, match=words):
        Template(source)


def test_those_asked_for_longest_ago_make_room(monkeypatch):
    monkeypatch.setattr(fragments, "KEPT_FRAGMENTS", 2)
    template = Template("{% kept name=name %}{{ name }}{% endkept %}")
    for name in ("a", "b", "a", "c"):
        template.render(page(name=name))
    assert [fragment.parts for fragment in fragments._kept.values()] == [["a"], ["c"]]


def test_large_ones_make_room_however_few_they_are(monkeypatch):
    monkeypatch.setattr(fragments, "KEPT_LETTERS", 10)
    template = Template("{% kept name=name %}{{ name }}{% endkept %}")
    for name in ("a" * 4, "b" * 4, "a" * 4, "c" * 5, "d" * 11):
        template.render(page(name=name))
        assert fragments._kept.letters == sum(fragment.letters for fragment in fragments._kept.values()) <= 10
    assert [fragment.parts for fragment in fragments._kept.values()] == []
    template.render(page(name="e"))
    assert fragments._kept.letters == 1


def test_a_text_without_a_request_is_not_kept():
    assert (
        Template("{% kept name=name %}{{ name }}{{ other }}{% endkept %}").render(Context({"name": "n", "other": "o"})) == "no"
    )
    assert not fragments._kept


def test_safe_text_and_a_word_of_an_enumeration_that_says_the_same_have_different_keys():
    from django.db.models import TextChoices

    class Word(TextChoices):
        BOLD = "<b>"

    assert fragments.key_of(Word.BOLD) != fragments.key_of(mark_safe("<b>"))
