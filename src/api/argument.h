/*
 * argument.h
 *		Arguments of SQL functions.
 */
#ifndef AGENT_AUTH_ARGUMENT_H
#define AGENT_AUTH_ARGUMENT_H

#include "fmgr.h"

/* A text argument, palloc'd; NULL when it is null. */
extern char *argument_text(FunctionCallInfo fcinfo, int n);

/* The same, overwritten with zeros when the memory context is reset. */
extern char *argument_secret(FunctionCallInfo fcinfo, int n);

/*
 * Raises ERRCODE_NULL_VALUE_NOT_ALLOWED where it is NULL: a function of
 * administration that were STRICT would say nothing and do nothing.
 */
extern void argument_refuse_null(FunctionCallInfo fcinfo, int n);

#endif							/* AGENT_AUTH_ARGUMENT_H */
