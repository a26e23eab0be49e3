# The web server, the scheduler and the default and media workers' base. Weights are brought when the image is made, so that a
# container starts without the network.
FROM python:3.11.14-slim-bookworm AS build

RUN apt-get update \
    && apt-get install --yes --no-install-recommends npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY docker/requirements.lock docker/full.lock docker/
# The full profile's too: queries are embedded by the worker of the queue search, which needs no GPU.
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --requirement docker/requirements.lock \
    && /venv/bin/pip install --no-cache-dir --no-deps --requirement docker/full.lock
COPY . .
ENV PATH=/venv/bin:$PATH GROUNDING_HOME=/weights
RUN python -m videosearch.local.vendor && python -m grounding weights fetch

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --create-home videosearch && mkdir -p /data/media /data/static && chown -R videosearch /data
COPY --from=build /venv /venv
COPY --from=build /weights /weights
COPY --from=build /app /app
RUN mkdir -p /weights/models && chown videosearch /weights/models
WORKDIR /app
ENV PATH=/venv/bin:$PATH GROUNDING_HOME=/weights VIDEOSEARCH_HOME=/data PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=videosearch.settings VIDEOSEARCH_LOG_JSON=1
USER videosearch
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "videosearch.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", \
     "--threads", "8", "--timeout", "120", "--graceful-timeout", "30", "--access-logfile", "-"]
