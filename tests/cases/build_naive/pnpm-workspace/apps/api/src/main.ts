require('http').createServer((request, response) => response.end('pnpm')).listen(3000)
require('log')('listening')
