"""What one process may know alone. The default cache is in the database and costs a statement."""

from django.core.cache import caches
from django.utils.connection import ConnectionProxy

process_cache = ConnectionProxy(caches, "process")
