/*
 * tls.h
 *		The certificate and the key that clients are shown, and when they change.
 */
#ifndef GATEWAY_TLS_H
#define GATEWAY_TLS_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>

/* Which versions and algorithms, as GnuTLS takes it. */
#define TLS_PRIORITIES \
	"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" \
	":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA" \
	":-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM"

/* Room for a sentence about what is wrong. */
#define TLS_COMPLAINT_SIZE 512

/*
 * Reads the files, which are read again by tls_reload().  False, and a
 * sentence, when they are of no use; then all stays as it was.
 */
extern bool tls_load(const char *certificate_file, const char *key_file,
					 char complaint[TLS_COMPLAINT_SIZE]);

/* The same with the same files; says in the log what became of it. */
extern void tls_reload(void);

/* What a careful operator would change; NULL: nothing. */
extern const char *tls_warning(void);

/* When the certificate expires, in seconds since 1970; 0 without one. */
extern long tls_expires(void);

/*
 * A handshake goes on with what it began with.  When that was replaced last, in
 * clock_milliseconds(), 0: nothing is kept for that reason.  Whoever knows that
 * all handshakes of before are over calls tls_forget_retired().
 */
extern long tls_retired(void);
extern void tls_forget_retired(void);

/* GnuTLS asks it at each handshake: gnutls_certificate_retrieve_function2. */
extern int	tls_choose(gnutls_session_t session,
					   const gnutls_datum_t *authorities, int nauthorities,
					   const gnutls_pk_algorithm_t *algorithms,
					   int nalgorithms, gnutls_pcert_st **chain,
					   unsigned int *chain_len, gnutls_privkey_t *key);

#endif							/* GATEWAY_TLS_H */
