/*
 * tls.c
 *		The certificate and the key that clients are shown, and when they change.
 *
 * The main thread reads and replaces them; the HTTP library's thread asks for
 * them at each handshake.  No file's name or content but the path that the
 * operator gave is ever repeated.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "clock.h"
#include "log.h"
#include "pem.h"
#include "tls.h"

#define MAX_CHAIN 16
#define MAX_FILE (1 << 20)
#define KEY_ID_SIZE 64

/* What the gateway shows to prove who it is. */
typedef struct Identity
{
	gnutls_privkey_t key;
	gnutls_pcert_st chain[MAX_CHAIN];	/* the first is ours */
	unsigned int chain_len;
	long		expires;		/* seconds since 1970 */
	bool		is_exposed;		/* others may read the key's file */
	struct Identity *next;		/* of those retired */
} Identity;

static const char *certificate_file;
static const char *key_file;
static _Atomic(Identity *) current;
static Identity *retired;		/* the main thread's */
static long retired_last;		/* milliseconds */

/* Why a file that is open cannot be read; NULL: it can be. */
static const char *
unfit(const struct stat *status)
{
	if (S_ISDIR(status->st_mode))
		return strerror(EISDIR);
	if (!S_ISREG(status->st_mode))
		return "it is no regular file";
	return status->st_size > MAX_FILE ? strerror(EFBIG) : NULL;
}

/*
 * All of a file and a NUL, to be wiped and freed; NULL, and why, when it cannot
 * be.  Nobody is waited for who might write to a pipe.
 */
static unsigned char *
read_file(const char *name, size_t *len, mode_t *mode, uid_t *owner,
		  const char **reason)
{
	int			fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	unsigned char *content = NULL;
	ssize_t		n = -1;

	*len = 0;
	*reason = NULL;
	if (fd >= 0 && fstat(fd, &status) == 0 &&
		(*reason = unfit(&status)) == NULL &&
		(content = malloc((size_t) status.st_size + 1)) != NULL)
		while ((n = read(fd, content + *len, (size_t) status.st_size - *len)) > 0)
			*len += (size_t) n;
	if (n < 0 && *reason == NULL)
		*reason = strerror(errno);
	if (fd >= 0)
		close(fd);
	if (n < 0)
	{
		wipe_and_free(content, *len);
		return NULL;
	}
	content[*len] = '\0';
	*mode = status.st_mode;
	*owner = status.st_uid;
	return content;
}

static bool
complain(char *complaint, const char *what, const char *file,
		 const char *reason)
{
	snprintf(complaint, TLS_COMPLAINT_SIZE, "%s \"%s\": %s", what, file, reason);
	return false;
}

static bool
read_chain(Identity *identity, char *complaint)
{
	gnutls_datum_t data;
	size_t		len;
	mode_t		mode;
	uid_t		owner;
	const char *reason;
	int			rc;

	data.data = read_file(certificate_file, &len, &mode, &owner, &reason);
	if (data.data == NULL)
		return complain(complaint, "cannot read the certificate",
						certificate_file, reason);
	data.size = (unsigned int) len;
	identity->chain_len = MAX_CHAIN;
	rc = gnutls_pcert_list_import_x509_raw(identity->chain, &identity->chain_len,
										   &data, GNUTLS_X509_FMT_PEM,
										   GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
	wipe_and_free(data.data, len);
	if (rc >= 0 && identity->chain_len > 0)
		return true;
	identity->chain_len = 0;
	return complain(complaint, "no certificate, with those of its issuers after it, is in",
					certificate_file, gnutls_strerror(rc));
}

/* As PostgreSQL has it: root may share a key with a group. */
static bool
is_exposed(mode_t mode, uid_t owner)
{
	return (mode & (owner == 0 ? S_IRWXO | S_IWGRP | S_IXGRP :
					S_IRWXO | S_IRWXG)) != 0;
}

static bool
read_key(Identity *identity, char *complaint)
{
	gnutls_datum_t data;
	unsigned char *text;
	size_t		text_len;
	size_t		len = 0;
	mode_t		mode;
	uid_t		owner;
	const char *reason;
	int			rc = GNUTLS_E_BASE64_DECODING_ERROR;

	text = read_file(key_file, &text_len, &mode, &owner, &reason);
	if (text == NULL)
		return complain(complaint, "cannot read the key", key_file, reason);
	data.data = pem_private_key((const char *) text, &len);
	data.size = (unsigned int) len;
	wipe_and_free(text, text_len);
	if (data.data != NULL && (rc = gnutls_privkey_init(&identity->key)) >= 0)
		rc = gnutls_privkey_import_x509_raw(identity->key, &data,
											GNUTLS_X509_FMT_DER, NULL, 0);
	wipe_and_free(data.data, len);
	identity->is_exposed = is_exposed(mode, owner);
	return rc >= 0 ||
		complain(complaint, "no key without a password is in", key_file,
				 gnutls_strerror(rc));
}

/* Whether the key is the certificate's. */
static bool
belong_together(const Identity *identity)
{
	unsigned char ids[2][KEY_ID_SIZE] = {{0}};
	size_t		sizes[2] = {KEY_ID_SIZE, KEY_ID_SIZE};
	gnutls_pubkey_t public_key;
	bool		ok;

	if (gnutls_pubkey_init(&public_key) < 0)
		return false;
	ok = gnutls_pubkey_import_privkey(public_key, identity->key, 0, 0) >= 0 &&
		gnutls_pubkey_get_key_id(public_key, 0, ids[0], &sizes[0]) >= 0 &&
		gnutls_pubkey_get_key_id(identity->chain[0].pubkey, 0, ids[1], &sizes[1]) >= 0 &&
		sizes[0] == sizes[1] && memcmp(ids[0], ids[1], sizes[0]) == 0;
	gnutls_pubkey_deinit(public_key);
	return ok;
}

static long
expiry_of(const gnutls_pcert_st *certificate)
{
	gnutls_x509_crt_t parsed;
	long		expires = 0;

	if (gnutls_x509_crt_init(&parsed) < 0)
		return 0;
	if (gnutls_x509_crt_import(parsed, &certificate->cert, GNUTLS_X509_FMT_DER) >= 0)
		expires = (long) gnutls_x509_crt_get_expiration_time(parsed);
	gnutls_x509_crt_deinit(parsed);
	return expires;
}

static void
free_identity(Identity *identity)
{
	unsigned int i;

	for (i = 0; i < identity->chain_len; i++)
		gnutls_pcert_deinit(&identity->chain[i]);
	if (identity->key != NULL)
		gnutls_privkey_deinit(identity->key);
	free(identity);
}

static Identity *
read_identity(char *complaint)
{
	Identity   *identity = calloc(1, sizeof(Identity));

	if (identity == NULL)
	{
		snprintf(complaint, TLS_COMPLAINT_SIZE, "memory is out");
		return NULL;
	}
	if (read_chain(identity, complaint) && read_key(identity, complaint))
	{
		identity->expires = expiry_of(&identity->chain[0]);
		if (belong_together(identity))
			return identity;
		complain(complaint, "the key is not the certificate's:", key_file,
				 "they must be made for each other");
	}
	free_identity(identity);
	return NULL;
}

bool
tls_load(const char *certificate, const char *key,
		 char complaint[TLS_COMPLAINT_SIZE])
{
	Identity   *identity;
	Identity   *before;

	certificate_file = certificate;
	key_file = key;
	identity = read_identity(complaint);
	if (identity == NULL)
		return false;
	before = atomic_exchange(&current, identity);
	if (before != NULL)
	{
		before->next = retired;
		retired = before;
		retired_last = clock_milliseconds();
	}
	return true;
}

const char *
tls_warning(void)
{
	const Identity *identity = atomic_load(&current);

	if (identity == NULL)
		return NULL;
	if (identity->is_exposed)
		return "the TLS key's file is open to group or others: its mode should be 0600";
	if (identity->expires <= (long) time(NULL))
		return "the TLS certificate has expired";
	return NULL;
}

void
tls_reload(void)
{
	char		complaint[TLS_COMPLAINT_SIZE];
	char		quoted[TLS_COMPLAINT_SIZE];

	if (atomic_load(&current) == NULL)
		return;
	if (!tls_load(certificate_file, key_file, complaint))
	{
		log_line(LOG_LEVEL_ERROR, "msg=\"the TLS certificate stays as it was\" reason=%s",
				 log_quote(complaint, quoted, sizeof(quoted)));
		return;
	}
	log_line(LOG_LEVEL_INFO, "msg=\"a TLS certificate was read\"");
	if (tls_warning() != NULL)
		log_line(LOG_LEVEL_WARNING, "msg=\"%s\"", tls_warning());
}

long
tls_expires(void)
{
	const Identity *identity = atomic_load(&current);

	return identity == NULL ? 0 : identity->expires;
}

long
tls_retired(void)
{
	return retired == NULL ? 0 : retired_last;
}

void
tls_forget_retired(void)
{
	while (retired != NULL)
	{
		Identity   *identity = retired;

		retired = identity->next;
		free_identity(identity);
	}
}

int
tls_choose(gnutls_session_t session,
		   const gnutls_datum_t *authorities, int nauthorities,
		   const gnutls_pk_algorithm_t *algorithms, int nalgorithms,
		   gnutls_pcert_st **chain, unsigned int *chain_len,
		   gnutls_privkey_t *key)
{
	Identity   *identity = atomic_load(&current);

	*chain = identity->chain;
	*chain_len = identity->chain_len;
	*key = identity->key;
	return 0;
}
