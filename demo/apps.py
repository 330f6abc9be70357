from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Installed in demo mode only."""

    name = "demo"
    verbose_name = "Demonstration"
