"""Whether the service lives and works, and what it measures."""

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from registry_api.routes.deps import ServiceDep

router = APIRouter(tags=["health 运行状态"])


@router.get("/health/live", summary="存活 alive")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/health/ready", summary="就绪 ready")
def ready(service: ServiceDep, response: Response) -> dict[str, Any]:
    """Orders are accepted and carried now."""
    is_ready = service.is_ready()
    response.status_code = 200 if is_ready else 503
    return {"status": "ready" if is_ready else "not ready"}


@router.get("/metrics", summary="指标 metrics", response_class=Response)
def metrics() -> Response:
    """Prometheus metrics."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
