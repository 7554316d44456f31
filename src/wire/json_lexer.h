/*
 * json_lexer.h
 *		The server's JSON parser, which differs from version to version.
 */
#ifndef AGENT_AUTH_JSON_LEXER_H
#define AGENT_AUTH_JSON_LEXER_H

#include "common/jsonapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

/* From 16 on a parser callback returns a result. */
#if PG_VERSION_NUM >= 160000
typedef JsonParseErrorType JsonCallbackResult;
#define JSON_CALLBACK_RETURN return JSON_SUCCESS
#else
typedef void JsonCallbackResult;
#define JSON_CALLBACK_RETURN return
#endif

/* A lexer for UTF-8 that unescapes strings. */
#if PG_VERSION_NUM >= 170000
#define make_lexer(string, len) \
	makeJsonLexContextCstringLen(NULL, (string), (len), PG_UTF8, true)
#else
#define make_lexer(string, len) \
	makeJsonLexContextCstringLen((char *) (string), (len), PG_UTF8, true)
#endif

#endif							/* AGENT_AUTH_JSON_LEXER_H */
