/*
 * known.h
 *		The groups of known answers, one for each module.
 */
#ifndef KNOWN_H
#define KNOWN_H

extern void known_base64url(void);
extern void known_json(void);
extern void known_jwk(void);
extern void known_jws(void);
extern void known_mac(void);
extern void known_random(void);
extern void known_seal(void);
extern void known_signature(void);
extern void known_target(void);

#endif							/* KNOWN_H */
