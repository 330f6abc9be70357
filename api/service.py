"""/api/v1/: what other systems may read. Described by itself at /api/v1/openapi.json; a module a resource registers here."""

from ninja import NinjaAPI

api = NinjaAPI(
    title="Accord",
    version="1",
    description="Read courses, your own enrolments and the progress of a cohort. An organisation can see who has started "
    "and finished; answers, results and levels are not part of this API.",
    urls_namespace="api",
    docs_url=None,
)
