process.on("SIGTERM", () => process.exit(0));
require("http").createServer((request, response) => response.end("front")).listen(3000);
