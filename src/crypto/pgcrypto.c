/*
 * pgcrypto.c
 *		The functions of pgcrypto that hash passwords.
 *
 * They are taken from its library, by their symbols: no search path, no other
 * function of the name and no change to the catalogue leads to another, and no
 * password becomes a query parameter that a module may log.
 *
 * crypt() copies the password and frees the copy as it is.  So it runs in a
 * memory context of its own, all of which is overwritten before it goes.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "crypto/pgcrypto.h"

#define LIBRARY "$libdir/pgcrypto"

/* One block: a password, a setting and a hash need less than one kilobyte. */
#define SCRATCH_BLOCK_SIZE (8 * 1024)

/* Chunks of a context have sizes that are powers of two. */
#define SMALLEST_CHUNK 8
#define LARGEST_CHUNK 1024

static void
find_function(FmgrInfo * function, const char *symbol)
{
	if (function->fn_addr != NULL)
		return;
	function->fn_nargs = 2;
	function->fn_strict = true;
	function->fn_mcxt = TopMemoryContext;
	function->fn_addr = (PGFunction)
		load_external_function(LIBRARY, symbol, true, NULL);
}

/*
 * Overwrites what was freed in a context, and what of its block is unused: as
 * many chunks of each size are taken as there are before it has to grow.
 */
static void
overwrite_free_memory(MemoryContext context)
{
	Size		size;

	for (size = SMALLEST_CHUNK; size <= LARGEST_CHUNK; size *= 2)
	{
		Size		allocated = MemoryContextMemAllocated(context, false);

		while (MemoryContextMemAllocated(context, false) == allocated)
			explicit_bzero(MemoryContextAlloc(context, size), size);
	}
}

static char *
crypt_in(MemoryContext scratch, const char *password, const char *setting)
{
	static FmgrInfo function;
	MemoryContext caller = CurrentMemoryContext;
	Datum		secret;
	Datum		hash;

	find_function(&function, "pg_crypt");
	MemoryContextSwitchTo(scratch);
	secret = CStringGetTextDatum(password);
	hash = FunctionCall2(&function, secret, CStringGetTextDatum(setting));
	pfree(DatumGetPointer(secret));
	MemoryContextSwitchTo(caller);
	return TextDatumGetCString(hash);
}

char *
pgcrypto_crypt(const char *password, const char *setting)
{
	MemoryContext scratch;
	char	   *volatile hash = NULL;

	scratch = AllocSetContextCreate(CurrentMemoryContext, "agent_auth pgcrypto",
									0, SCRATCH_BLOCK_SIZE, SCRATCH_BLOCK_SIZE);
	PG_TRY();
	{
		hash = crypt_in(scratch, password, setting);
	}
	PG_FINALLY();
	{
		overwrite_free_memory(scratch);
	}
	PG_END_TRY();
	MemoryContextDelete(scratch);
	return hash;
}

char *
pgcrypto_gen_salt(int cost)
{
	static FmgrInfo function;

	find_function(&function, "pg_gen_salt_rounds");
	return TextDatumGetCString(FunctionCall2(&function,
											 CStringGetTextDatum("bf"),
											 Int32GetDatum(cost)));
}
