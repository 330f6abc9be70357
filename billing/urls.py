from django.urls import path

from billing.views import learner, refunds, test_checkout, webhooks

app_name = "billing"
urlpatterns = [
    path("buy/<slug:slug>/", learner.buy, name="buy"),
    path("orders/", learner.orders, name="orders"),
    path("orders/<uuid:uuid>/", learner.order, name="order"),
    path("orders/<uuid:uuid>/pay/", learner.pay, name="pay"),
    path("orders/<uuid:uuid>/cancel/", learner.cancel, name="cancel"),
    path("orders/<uuid:uuid>/resend-mail/", learner.resend_mail, name="resend_mail"),
    path("orders/<uuid:uuid>/refund/", refunds.ask, name="refund"),
    path("orders/<uuid:uuid>/receipt/", learner.receipt, name="receipt"),
    path("webhooks/stripe/", webhooks.stripe_webhook, name="stripe_webhook"),
    path("test/<uuid:uuid>/", test_checkout.test_checkout, name="test_checkout"),
]
