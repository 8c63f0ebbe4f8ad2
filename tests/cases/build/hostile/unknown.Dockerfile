FROM node:16
NONSENSE hunter2
COPY . .
RUN npm ci
