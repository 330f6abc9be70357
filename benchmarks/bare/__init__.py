"""What a page costs in Wagtail alone. Installed by its own settings only; the product knows nothing of it."""
