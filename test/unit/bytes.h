/*
 * bytes.h
 *		Bytes written as text, for the tables of known answers.
 */
#ifndef BYTES_H
#define BYTES_H

/* Long enough for everything here, so that no test has to allocate. */
#define BYTES_MAX 1024

typedef struct Bytes
{
	size_t		len;
	uint8		data[BYTES_MAX];
} Bytes;

/* Each ends the program when the text is not such; the table is wrong then. */
extern Bytes bytes_hex(const char *hex);
extern Bytes bytes_base64url(const char *string);

extern Bytes bytes_join(Bytes first, Bytes second);

#endif							/* BYTES_H */
