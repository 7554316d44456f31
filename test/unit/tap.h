/*
 * tap.h
 *		Test Anything Protocol, as prove reads it: the plan comes last.
 */
#ifndef TAP_H
#define TAP_H

/* Names what is tested next; it goes before the name of each test. */
extern void tap_group(const char *name);

extern void ok(bool passed, const char *name);
extern void is_number(int64 got, int64 expected, const char *name);

/* Either text may be NULL, and equals only NULL then. */
extern void is_text(const char *got, const char *expected, const char *name);
extern void is_bytes(const void *got, size_t got_len,
					 const void *expected, size_t expected_len,
					 const char *name);

/* Writes the plan; returns the exit status of the program. */
extern int	tap_finish(void);

#endif							/* TAP_H */
