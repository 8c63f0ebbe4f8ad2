require('express')().get('/', (request, response) => response.send('express')).listen(3000)
