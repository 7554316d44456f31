/*
 * known_answers.c
 *		Runs every group of known answers.
 */
#include "postgres_fe.h"

#include "known.h"
#include "tap.h"

int
main(void)
{
	known_base64url();
	known_jws();
	known_target();
	known_json();
	known_mac();
	known_seal();
	known_random();
	known_signature();
	known_jwk();
	return tap_finish();
}
