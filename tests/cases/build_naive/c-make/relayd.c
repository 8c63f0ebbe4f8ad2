/* Answers whoever asks on port 7000. */
#include <netinet/in.h>
#include <openssl/opensslv.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	struct sockaddr_in all = {.sin_family = AF_INET, .sin_port = htons(7000)};
	const char *answer = "HTTP/1.0 200 OK\r\n\r\n" OPENSSL_VERSION_TEXT;
	int server = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(server, (struct sockaddr *)&all, sizeof all) || listen(server, 8))
		return 1;
	for (;;) {
		int client = accept(server, 0, 0);
		char asked[1024];

		if (read(client, asked, sizeof asked) < 0)
			continue;
		if (write(client, answer, strlen(answer)) < 0)
			return 1;
		close(client);
	}
}
