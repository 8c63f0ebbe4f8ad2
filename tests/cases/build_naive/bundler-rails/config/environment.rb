require 'socket'

server = TCPServer.new('0.0.0.0', 3000)
trap('TERM') { exit }
loop do
  client = server.accept
  client.gets("\r\n\r\n")
  client.write("HTTP/1.0 200 OK\r\n\r\nruby")
  client.close
end
