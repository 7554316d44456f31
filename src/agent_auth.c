/*
 * agent_auth.c
 *		Where the server enters the library.
 */
#include "compat.h"

#include "identity/shared.h"
#include "settings.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	settings_init();
	shared_init();
}
