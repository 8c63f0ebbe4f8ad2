const hour = require('ms')('1h')
require('http').createServer((request, response) => response.end(`classic ${hour}`)).listen(8080)
