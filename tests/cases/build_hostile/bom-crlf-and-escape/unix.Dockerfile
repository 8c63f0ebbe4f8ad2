# syntax=docker/dockerfile:1
FROM debian:13-slim
RUN apt-get update \
    # why this one
    && apt-get install -y --no-install-recommends \
       curl \

       tini

EXPOSE 80
CMD curl -fsS http://127.0.0.1
