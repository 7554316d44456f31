/*
 * log.c
 *		Lines on standard error, in logfmt or JSON.
 *
 * Each is one write(), so that lines of several threads do not mix.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "log_json.h"

#define LINE_SIZE 1024

static LogLevel max_level = LOG_LEVEL_INFO;
static bool is_json = false;

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug"
};

void
log_set_level(LogLevel level)
{
	max_level = level;
}

void
log_set_json(void)
{
	is_json = true;
}

static int
write_prefix(char *line, int size, LogLevel level)
{
	struct timespec now;
	struct tm	utc;
	char		date[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	return snprintf(line, (size_t) size, "ts=%s.%03ldZ level=%s ", date,
					now.tv_nsec / 1000000, level_names[level]);
}

void
log_line(LogLevel level, const char *format,...)
{
	char		line[LINE_SIZE];
	char		json[LOG_JSON_SIZE(LINE_SIZE)];
	char	   *out = line;
	int			len;
	va_list		args;

	if (level > max_level)
		return;
	len = write_prefix(line, LINE_SIZE, level);
	va_start(args, format);
	len += vsnprintf(line + len, (size_t) (LINE_SIZE - len), format, args);
	va_end(args);
	if (len > LINE_SIZE - 2)
		len = LINE_SIZE - 2;
	line[len] = '\0';
	if (is_json)
		len = log_json(line, out = json);
	else
		line[len++] = '\n';
	if (write(STDERR_FILENO, out, (size_t) len) < 0)
		return;					/* nobody is left to tell */
}

const char *
log_quote(const char *value, char *buffer, int size)
{
	int			len = 0;

	buffer[len++] = '"';
	for (; *value != '\0' && len < size - 3; value++)
	{
		unsigned char c = (unsigned char) *value;

		if (c == '"' || c == '\\')
			buffer[len++] = '\\';
		buffer[len++] = c < 0x20 || c == 0x7F ? ' ' : (char) c;
	}
	buffer[len++] = '"';
	buffer[len] = '\0';
	return buffer;
}
