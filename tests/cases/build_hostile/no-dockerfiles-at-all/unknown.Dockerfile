FROM node
RNU npm ci
CMD node server.js
