"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from billing.views import console

urlpatterns = [
    path("seats/", console.seats, name="seats"),
    path("seats/buy/", console.seats_buy, name="seats_buy"),
    path("seats/orders/", console.orders, name="orders"),
]
