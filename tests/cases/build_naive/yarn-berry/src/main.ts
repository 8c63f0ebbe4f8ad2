const hour = require('ms')('1h')
require('http').createServer((request, response) => response.end(`berry ${hour}`)).listen(4000)
