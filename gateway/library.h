/*
 * library.h
 *		Where the HTTP library's own conduct falls short.
 */
#ifndef GATEWAY_LIBRARY_H
#define GATEWAY_LIBRARY_H

#include <microhttpd.h>

/* As MHD_queue_response(), which is the library's own to call. */
extern enum MHD_Result library_answer(struct MHD_Connection *connection,
									  unsigned int status,
									  struct MHD_Response *response);

/*
 * Called when the library is about to refuse a request by itself, with the
 * answer that it has for that.  Instead of this, it may answer otherwise, or
 * return MHD_NO: then the connection is closed.
 */
typedef enum MHD_Result (*LibraryRefusal) (struct MHD_Connection *connection,
										   unsigned int status,
										   struct MHD_Response *response);
extern void library_on_refusal(LibraryRefusal refuse);

/*
 * Sends bytes past the library, which must close the connection then.  What the
 * network does not take at once is lost.
 */
extern void library_send(struct MHD_Connection *connection, const char *bytes,
						 size_t len);

#endif							/* GATEWAY_LIBRARY_H */
