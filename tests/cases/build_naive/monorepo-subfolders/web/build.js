const { mkdirSync, writeFileSync } = require('fs')
mkdirSync('dist', { recursive: true })
writeFileSync('dist/index.html', `an hour has ${require('ms')('1h')} ms`)
