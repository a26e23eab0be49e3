# A worker with a GPU: CUDA's libraries from NVIDIA's image, Python and packages from ours, torch and onnxruntime for CUDA.
# Run it with the NVIDIA container runtime, one worker a GPU.
ARG WEB_IMAGE=videosearch-web:latest
# hadolint ignore=DL3006
FROM ${WEB_IMAGE} AS web

FROM nvidia/cuda:12.8.1-cudnn-runtime-ubuntu22.04
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home videosearch && mkdir -p /data/media && chown -R videosearch /data
COPY --from=web /usr/local /usr/local
COPY --from=web /venv /venv
COPY --from=web /weights /weights
COPY --from=web /app /app
RUN ldconfig && /venv/bin/pip uninstall --yes onnxruntime \
    && /venv/bin/pip install --no-cache-dir onnxruntime-gpu==1.32.0 \
    && mkdir -p /weights/models && chown videosearch /weights/models
WORKDIR /app
ENV PATH=/venv/bin:$PATH GROUNDING_HOME=/weights VIDEOSEARCH_HOME=/data PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=videosearch.settings VIDEOSEARCH_LOG_JSON=1 QUEUE=gpu CONCURRENCY=1
USER videosearch
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 \
    CMD ["/bin/sh", "-c", "celery -A videosearch inspect ping --timeout 15 --destination \"$QUEUE@$HOSTNAME\""]
CMD ["/bin/sh", "-c", "exec celery -A videosearch worker -Q \"$QUEUE\" -P prefork -c \"$CONCURRENCY\" -n \"$QUEUE@$HOSTNAME\" -l INFO --without-mingle --without-gossip"]
