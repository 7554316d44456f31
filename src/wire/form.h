/*
 * form.h
 *		Bodies of type application/x-www-form-urlencoded, as OAuth reads them
 *		(RFC 6749 section 3.2 and appendix B).
 */
#ifndef AGENT_AUTH_FORM_H
#define AGENT_AUTH_FORM_H

#define FORM_MAX_FIELDS 32

typedef struct FormField
{
	char	   *name;			/* decoded, palloc'd */
	char	   *value;
} FormField;

typedef struct Form
{
	int			nfields;
	FormField	fields[FORM_MAX_FIELDS];
} Form;

/*
 * Takes a body apart.  False when it is none: a malformed escape, a NUL, no
 * UTF-8, too many fields, or a name twice.
 */
extern bool form_parse(const char *string, size_t len, Form *form);

/*
 * Finds a parameter in a query string, the last where there are several.
 * False when its value is malformed; *value is decoded and palloc'd, NULL when
 * absent.
 */
extern bool form_find(const char *query, const char *name, char **value);

/* NULL when absent or empty, which is the same. */
extern const char *form_value(const Form *form, const char *name);

#endif							/* AGENT_AUTH_FORM_H */
