/*
 * shared_segment.h
 *		Shared memory for a server that has not preloaded the library.
 */
#ifndef AGENT_AUTH_SHARED_SEGMENT_H
#define AGENT_AUTH_SHARED_SEGMENT_H

/*
 * The memory of "size" bytes that all backends get which ask with the same
 * "layout"; the first one has it initialized, and may raise errors in that.  It
 * stays until the server stops.  NULL when there is no memory for it now: that
 * is said in the server's log, and may be asked again.
 */
extern void *shared_segment(int layout, Size size, void (*initialize) (void *));

#endif							/* AGENT_AUTH_SHARED_SEGMENT_H */
