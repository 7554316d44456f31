/*
 * customer_advice.h
 *		Whether the directory of customers can be searched, and fast.
 */
#ifndef AGENT_AUTH_CUSTOMER_ADVICE_H
#define AGENT_AUTH_CUSTOMER_ADVICE_H

/*
 * What an operator should know of the directory: that it cannot be used, which
 * tables each search reads whole, and which index is missing.  A palloc'd
 * sentence, or NULL.  Runs as the extension's owner, outside SPI.
 */
extern char *customer_directory_complaint(void);

#endif							/* AGENT_AUTH_CUSTOMER_ADVICE_H */
