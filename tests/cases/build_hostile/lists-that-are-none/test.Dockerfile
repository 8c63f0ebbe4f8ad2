FROM node:24-slim
USER node
CMD [ -f /app/server.js ] && node /app/server.js
