"""Whoever signs in again after sending a form is led to its address by GET: each such address has to answer."""

from collections.abc import Callable, Iterator

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver


def patterns(resolver: URLResolver, above: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, above + str(entry.pattern))
        else:
            yield above + str(entry.pattern), entry


def layers(view: Callable[..., HttpResponse]) -> Iterator[Callable[..., HttpResponse]]:
    """A view, and what each of its decorators wraps."""
    found: Callable[..., HttpResponse] | None = view
    while found is not None:
        yield found
        found = getattr(found, "__wrapped__", None)


def keeps(view: Callable[..., HttpResponse]) -> bool:
    names = {getattr(layer, "__code__", None) and layer.__code__.co_qualname for layer in layers(view)}
    return bool(names & {"keeps_form.<locals>.wrapped", "keeps_own_form.<locals>.wrapped"})


def methods(view: Callable[..., HttpResponse]) -> list[str]:
    """The methods to which the decorators of Django restrict a view; empty where none does."""
    for layer in layers(view):
        inside = (
            dict(zip(layer.__code__.co_freevars, layer.__closure__ or (), strict=True)) if hasattr(layer, "__code__") else {}
        )
        if "request_method_list" in inside:
            return list(inside["request_method_list"].cell_contents)
    return []


def test_every_address_that_keeps_a_form_can_be_visited():
    keeping = {address: methods(view.callback) for address, view in patterns(get_resolver()) if keeps(view.callback)}
    assert len(keeping) > 40
    assert {address for address, allowed in keeping.items() if allowed and "GET" not in allowed} == set()


def test_the_walk_sees_what_a_decorator_allows():
    found = {address: methods(view.callback) for address, view in patterns(get_resolver())}
    assert sum(allowed == ["POST"] for allowed in found.values()) > 20
