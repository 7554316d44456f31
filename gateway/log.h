/*
 * log.h
 *		Lines on standard error, in logfmt or JSON.
 */
#ifndef GATEWAY_LOG_H
#define GATEWAY_LOG_H

typedef enum LogLevel
{
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
} LogLevel;

/* Lines above this level are not written; LOG_LEVEL_INFO at first. */
extern void log_set_level(LogLevel level);

/* From now on lines are objects in JSON, with the same names. */
extern void log_set_json(void);

/*
 * Writes one line: time, level, and what the format says, which is logfmt
 * itself.  A value that may hold anything goes through log_quote() first.
 */
extern void log_line(LogLevel level, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* Writes "value" in quotes, escaped and perhaps cut; returns buffer. */
extern const char *log_quote(const char *value, char *buffer, int size);

#endif							/* GATEWAY_LOG_H */
