module.exports = line => process.stdout.write(`${line}\n`)
