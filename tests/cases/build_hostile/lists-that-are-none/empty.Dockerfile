FROM node:24-slim
USER node
ENTRYPOINT []
CMD []
