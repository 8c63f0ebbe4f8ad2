FROM b AS a
COPY --from=b / /
FROM a AS b
COPY --from=a / /
FROM scratch AS scratch
FROM scratch AS scratch
COPY --from=scratch / /
CMD a
