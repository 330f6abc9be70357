"""Where payment providers send their messages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.errors import BuyingNotSetUp, InvalidMessage
from billing.services import receive_event


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 once the message is stored, and not before; Stripe sends it again after anything else."""
    try:
        receive_event(gateway="stripe", payload=request.body, headers=request.headers)
    except BuyingNotSetUp:
        raise Http404 from None
    except InvalidMessage:
        return HttpResponse(status=400)
    return HttpResponse(status=200)


# The provider sends everything from a few addresses, many messages at a time.
stripe_webhook.visitor_rate = "webhook"  # type: ignore[attr-defined]  # read by VisitorMiddleware
