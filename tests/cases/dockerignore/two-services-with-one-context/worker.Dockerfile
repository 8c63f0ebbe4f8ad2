FROM alpine:3.20
COPY b.log /b
