# A worker on the CPU: the same files as the web server, another command. Built on its image.
ARG WEB_IMAGE=videosearch-web:latest
# hadolint ignore=DL3006
FROM ${WEB_IMAGE}
ENV QUEUE=gpu CONCURRENCY=1
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 \
    CMD ["/bin/sh", "-c", "celery -A videosearch inspect ping --timeout 15 --destination \"$QUEUE@$HOSTNAME\""]
CMD ["/bin/sh", "-c", "exec celery -A videosearch worker -Q \"$QUEUE\" -P prefork -c \"$CONCURRENCY\" -n \"$QUEUE@$HOSTNAME\" -l INFO --without-mingle --without-gossip"]
