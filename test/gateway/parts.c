/*
 * parts.c
 *		Parts of the gateway by themselves: answers a line for each text that it
 *		reads, which ends with a NUL.
 *
 *		parts json		the line of a log, as JSON
 *		parts share		an address, one connection more; with "-" one less
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log_json.h"
#include "share.h"

#define LINE_SIZE 4096

static void
answer_json(const char *line)
{
	static char json[LOG_JSON_SIZE(LINE_SIZE)];

	fwrite(json, 1, (size_t) log_json(line, json), stdout);
}

static void
answer_share(const char *text)
{
	NetworkList list;
	const Address *address = &list.networks[0].address;

	if (!network_list_read(&list, text + (text[0] == '-')) || list.n != 1)
		exit(EXIT_FAILURE);
	if (text[0] == '-')
		share_give_back(address);
	else if (!share_take(address))
		exit(EXIT_FAILURE);
	printf("%d\n", share_of(address));
}

int
main(int argc, char **argv)
{
	char	   *line = NULL;
	size_t		size = 0;

	if (argc != 2)
		return EXIT_FAILURE;
	while (getdelim(&line, &size, '\0', stdin) > 0 && strlen(line) < LINE_SIZE)
	{
		if (strcmp(argv[1], "json") == 0)
			answer_json(line);
		else
			answer_share(line);
	}
	free(line);
	return EXIT_SUCCESS;
}
