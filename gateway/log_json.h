/*
 * log_json.h
 *		A line of logfmt as an object in JSON.
 */
#ifndef GATEWAY_LOG_JSON_H
#define GATEWAY_LOG_JSON_H

/* Room for what becomes of a line of so many bytes: six of one at most. */
#define LOG_JSON_SIZE(line_size) (6 * (line_size) + 16)

/*
 * Writes "name=value ..." as {"name":"value",...} and a line feed, and returns
 * its length.  It is valid JSON and UTF-8 whatever the line holds, one that was
 * cut included.  What is counted or measured becomes a number.
 */
extern int	log_json(const char *line, char *json);

#endif							/* GATEWAY_LOG_JSON_H */
