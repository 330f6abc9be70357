"""Fails with the reason when PostgreSQL or Redis does not answer: `python -m tests.services.require`."""

import os
import sys

import psycopg
import redis

DATABASE_URL = os.environ.get("SERVICES_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("SERVICES_REDIS_URL", "redis://127.0.0.1:6379/15")


def main() -> int:
    try:
        psycopg.connect(DATABASE_URL.replace("postgres://", "postgresql://", 1), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        print(f"PostgreSQL does not answer: {error}Start it, or set SERVICES_DATABASE_URL.", file=sys.stderr)
        return 1
    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=5).ping()
    except redis.RedisError as error:
        print(f"Redis does not answer: {error}. Start it, or set SERVICES_REDIS_URL.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
