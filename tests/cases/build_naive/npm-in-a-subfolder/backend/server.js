const hour = require('ms')('1h')
require('http').createServer((request, response) => response.end(`backend ${hour}`)).listen(3000)
