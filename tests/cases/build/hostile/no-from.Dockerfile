ARG A=hunter2
ENV B=hunter2
COPY . .
RUN npm ci
