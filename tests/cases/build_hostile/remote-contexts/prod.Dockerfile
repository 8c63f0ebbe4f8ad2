FROM node
CMD node x
