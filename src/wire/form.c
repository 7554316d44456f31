/*
 * form.c
 *		Bodies of type application/x-www-form-urlencoded, as OAuth reads them
 *		(RFC 6749 section 3.2 and appendix B).
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "form.h"
#include "target.h"

/* As in a target, and "+" is a blank. */
static char *
decode(const char *string, size_t len)
{
	char	   *copy = palloc(len + 1);
	char	   *result;
	size_t		i;

	for (i = 0; i < len; i++)
		copy[i] = string[i] == '+' ? ' ' : string[i];
	result = target_decode(copy, len);
	explicit_bzero(copy, len);
	pfree(copy);
	return result;
}

static const FormField *
find(const Form *form, const char *name)
{
	int			i;

	for (i = 0; i < form->nfields; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return &form->fields[i];
	return NULL;
}

static bool
add(Form *form, const char *string, size_t len)
{
	const char *equals = memchr(string, '=', len);
	size_t		name_len = equals == NULL ? len : (size_t) (equals - string);
	const char *value = equals == NULL ? string + len : equals + 1;
	FormField	field;

	if (form->nfields == FORM_MAX_FIELDS)
		return false;
	field.name = decode(string, name_len);
	field.value = decode(value, string + len - value);
	if (field.name == NULL || field.value == NULL ||
		find(form, field.name) != NULL)
		return false;
	form->fields[form->nfields++] = field;
	return true;
}

bool
form_parse(const char *string, size_t len, Form *form)
{
	const char *end = string + len;

	memset(form, 0, sizeof(Form));
	while (string < end)
	{
		const char *ampersand = memchr(string, '&', end - string);
		const char *stop = ampersand == NULL ? end : ampersand;

		if (stop > string && !add(form, string, stop - string))
			return false;
		string = stop + 1;
	}
	return true;
}

const char *
form_value(const Form *form, const char *name)
{
	const FormField *field = find(form, name);

	return field == NULL || field->value[0] == '\0' ? NULL : field->value;
}

bool
form_find(const char *query, const char *name, char **value)
{
	*value = NULL;
	while (*query != '\0')
	{
		size_t		len = strcspn(query, "&");
		size_t		name_len = Min(len, strcspn(query, "="));
		char	   *found = decode(query, name_len);

		if (found != NULL && strcmp(found, name) == 0)
		{
			size_t		start = Min(name_len + 1, len);

			*value = decode(query + start, len - start);
			if (*value == NULL)
				return false;
		}
		query += len + (query[len] == '&');
	}
	return true;
}
