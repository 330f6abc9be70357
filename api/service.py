"""/api/v1/: what other systems may read. Described by itself at /api/v1/openapi.json; a module a resource registers here."""

from ninja import NinjaAPI

api = NinjaAPI(
    title="Accord",
    version="1",
    description="Reading courses, one's own enrolments, and how far a cohort is. An organisation sees who has started and "
    "finished; answers, results and levels are not part of this interface.",
    urls_namespace="api",
    docs_url=None,
)
