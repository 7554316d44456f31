/*
 * server.c
 *		What crypto/random.c wants of the server: raising an error.
 *
 * There is nothing to jump to here, so an error ends the program.
 */
#include "postgres.h"

bool
errstart(int elevel, const char *domain)
{
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return true;
}

int
errcode(int sqlerrcode)
{
	return 0;
}

int
errmsg(const char *fmt,...)
{
	printf("Bail out! %s\n", fmt);
	return 0;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	exit(1);
}
