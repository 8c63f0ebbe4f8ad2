require('fs').cpSync(process.argv[2], process.argv[3])
