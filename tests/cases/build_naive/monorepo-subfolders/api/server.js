const page = require('fs').readFileSync('../web/dist/index.html')
require('http').createServer((request, response) => response.end(page)).listen(3000)
