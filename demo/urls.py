from django.urls import path

from demo import views

urlpatterns = [
    path("mailbox/", views.demo_mails, name="demo_mailbox"),
    path("mailbox/<str:mail_id>/", views.demo_mail, name="demo_mail"),
    path("mailbox/<str:mail_id>/html/", views.demo_mail_html, name="demo_mail_html"),
]
