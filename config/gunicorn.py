"""How gunicorn serves in production: `gunicorn --config python:config.gunicorn config.wsgi`. Numbers from the environment."""

import os

from config.cores import threads_each, web_processes
from config.logs import logging_config

bind = os.environ.get("ACCORD_BIND", "127.0.0.1:8000")
# Processes for the cores, threads for what waits: an upload, the database. Each thread holds a database connection.
workers = int(os.environ.get("WEB_CONCURRENCY", web_processes()))
worker_class = "gthread"
threads = int(os.environ.get("ACCORD_WEB_THREADS", threads_each(workers)))
# An upload of 200 MB over a slow line; the proxy in front holds back what arrives slowly.
timeout = int(os.environ.get("ACCORD_WEB_TIMEOUT", "120"))
graceful_timeout = 30
keepalive = 5
# A process is replaced now and then, never all at once, so that nothing grows for ever.
max_requests = 5000
max_requests_jitter = 500
# Heartbeats of processes, in memory where there is such a folder: a slow disk would look like a process that hangs.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - files that gunicorn makes and deletes itself
# Whose X-Forwarded-For counts is for TRUSTED_PROXY_COUNT; gunicorn reads X-Forwarded-Proto for no one.
forwarded_allow_ips = ""
control_socket_disable = True
accesslog = None
logconfig_dict = logging_config(os.environ.get("ACCORD_LOG_FORMAT", "plain"), os.environ.get("LOG_LEVEL", "INFO"))
