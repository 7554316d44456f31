/*
 * utf8.c
 *		Whether text is UTF-8.
 */
#include "utf8.h"

bool
utf8_is_valid(const char *text)
{
	const unsigned char *c = (const unsigned char *) text;

	while (*c != '\0')
	{
		int			more = *c < 0x80 ? 0 : *c < 0xC2 ? -1 : *c < 0xE0 ? 1 :
		*c < 0xF0 ? 2 : *c < 0xF5 ? 3 : -1;
		unsigned char low = *c == 0xE0 ? 0xA0 : *c == 0xF0 ? 0x90 : 0x80;
		unsigned char high = *c == 0xED ? 0x9F : *c == 0xF4 ? 0x8F : 0xBF;

		if (more < 0)
			return false;
		for (c++; more > 0; more--, c++, low = 0x80, high = 0xBF)
			if (*c < low || *c > high)
				return false;
	}
	return true;
}
