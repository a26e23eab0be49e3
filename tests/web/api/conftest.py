from tests.web.search.conftest import cast, fresh, worker

__all__ = ["cast", "fresh", "worker"]
