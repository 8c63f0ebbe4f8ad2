const { cpSync, appendFileSync } = require('fs')
cpSync('index.html', 'dist/index.html')
appendFileSync('dist/index.html', `an hour has ${require('ms')('1h')} ms`)
