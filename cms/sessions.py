"""What an open editor asks when saving has failed: who is signed in, and under which token forms are sent now."""

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_GET

from common.kept_forms import owner_token


@require_GET
def editor_session(request: HttpRequest) -> JsonResponse:
    user = request.user
    if not user.is_authenticated:
        return JsonResponse({"person": None})
    return JsonResponse({"person": user.pk, "token": get_token(request), "kept_for": owner_token(user)})
