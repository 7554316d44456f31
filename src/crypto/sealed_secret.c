/*
 * sealed_secret.c
 *		Secrets as tables hold them: sealed under the master key.
 */
#include "postgres.h"

#include "crypto/master_key.h"
#include "crypto/random.h"
#include "crypto/sealed_secret.h"
#include "query.h"

/* Where there are sealed keys, a new master key would open none of them. */
bytea *
sealed_secret_make(const char *kind, const char *name, const uint8 *plain,
				   Size len)
{
	static PreparedQuery query = {
		"SELECT 1 FROM agent_auth.signing_key"
		" UNION ALL SELECT 1 FROM agent_auth.refresh_key"
		" UNION ALL SELECT 1 FROM agent_auth.audit_key LIMIT 1",
		{InvalidOid}
	};
	bytea	   *sealed = palloc(VARHDRSZ + len + SEAL_OVERHEAD);
	char	   *label = psprintf("%s:%s", kind, name);
	uint8		master_key[SEAL_KEY_LENGTH];
	uint8		nonce[SEAL_NONCE_LENGTH];
	bool		ok;

	SET_VARSIZE(sealed, VARHDRSZ + len + SEAL_OVERHEAD);
	random_bytes(nonce, sizeof(nonce));
	if (query_run(&query, NULL, NULL) == 0)
		master_key_ensure(master_key);
	else
		master_key_read(master_key);
	ok = seal(master_key, nonce, label, plain, len, (uint8 *) VARDATA(sealed));
	explicit_bzero(master_key, sizeof(master_key));
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not seal %s \"%s\"", kind, name)));
	return sealed;
}

uint8	   *
sealed_secret_try_open(const bytea *sealed, const char *kind, const char *name,
					   Size *len)
{
	uint8		master_key[SEAL_KEY_LENGTH];
	Size		sealed_len = VARSIZE_ANY_EXHDR(sealed);
	uint8	   *plain;
	bool		opened;

	if (sealed_len <= SEAL_OVERHEAD)
		return NULL;
	*len = sealed_len - SEAL_OVERHEAD;
	plain = palloc(*len);
	master_key_read(master_key);
	opened = seal_open(master_key, psprintf("%s:%s", kind, name),
					   (const uint8 *) VARDATA_ANY(sealed), sealed_len, plain);
	explicit_bzero(master_key, sizeof(master_key));
	return opened ? plain : NULL;
}

uint8	   *
sealed_secret_open(const bytea *sealed, const char *kind, const char *name,
				   Size *len)
{
	uint8	   *plain = sealed_secret_try_open(sealed, kind, name, len);

	if (plain == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("could not open %s \"%s\" with the master key",
						kind, name),
				 errhint("The master key file belongs to another server, or the key was altered.")));
	return plain;
}
