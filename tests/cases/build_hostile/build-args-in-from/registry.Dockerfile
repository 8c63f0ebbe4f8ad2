ARG REGISTRY=docker.io/library
FROM ${REGISTRY}/python:3.8 AS build
COPY . .
RUN pip install -r requirements.txt
FROM ${REGISTRY}/python:3.13-slim
COPY --from=build /usr/local /usr/local
CMD ["python", "-m", "app"]
