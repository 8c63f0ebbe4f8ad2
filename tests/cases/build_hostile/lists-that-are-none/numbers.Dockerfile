FROM node:24-slim
USER node
CMD ["node", 1]
