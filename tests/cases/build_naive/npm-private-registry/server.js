process.on('SIGTERM', () => process.exit(0))
require('http').createServer((request, response) => response.end('private')).listen(3000)
