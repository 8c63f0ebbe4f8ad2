ARG BASE
FROM $BASE
RUN apt-get update && apt-get install -y $PACKAGES
CMD $START
