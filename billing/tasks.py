from celery import shared_task


@shared_task
def settle_open_orders() -> None:
    """Ask the gateway about orders that have waited too long for a message."""
    from billing.services import settle_waiting_orders

    settle_waiting_orders()


@shared_task
def handle_message(event_id: int) -> None:
    """Settle the order that a stored message of the provider speaks of."""
    from billing.services import handle_event

    handle_event(event_id)
