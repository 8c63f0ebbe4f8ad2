FROM a AS a
FROM b AS a
FROM a AS b
COPY --from=b . .
