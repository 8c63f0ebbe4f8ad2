const { cpSync } = require('fs')
cpSync('src/main.ts', 'dist/main.js')
