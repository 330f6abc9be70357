"""The three queues of background work, by how soon somebody needs it. Which task goes where: `config/queues.py`."""

from enum import StrEnum


class Queue(StrEnum):
    URGENT = "urgent"
    DEFAULT = "default"
    BULK = "bulk"
