defmodule Mix.Tasks.Phx.Server do
  use Mix.Task

  def run(_words) do
    {:ok, server} = :gen_tcp.listen(4000, [:binary, active: false, reuseaddr: true])
    serve(server)
  end

  defp serve(server) do
    {:ok, client} = :gen_tcp.accept(server)
    {:ok, _asked} = :gen_tcp.recv(client, 0)
    :gen_tcp.send(client, "HTTP/1.0 200 OK\r\n\r\nelixir")
    :gen_tcp.close(client)
    serve(server)
  end
end
