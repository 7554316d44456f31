/*
 * queue.c
 *		Jobs that wait for a connection to the database, and in which order.
 *
 * A client's second job has the turn after its first one's, its third the turn
 * after that; jobs are taken by turn, and within a turn as they came.
 */
#include <poll.h>
#include <string.h>

#include "clock.h"
#include "queue.h"

/*
 * Who closes its half of the connection right after its request, and reads on,
 * is answered where there is no crowd.
 */
#define PATIENCE_MILLISECONDS 1000

/* The turn after the last one that the job's client has. */
static long
turn_of(const Queue *queue, const Job *job)
{
	long		turn = queue->turn;
	const Job  *other;

	for (other = queue->first; other != NULL; other = other->next)
		if (other->turn >= turn &&
			memcmp(&other->origin, &job->origin, sizeof(Address)) == 0)
			turn = other->turn + 1;
	return turn;
}

static void
insert(Queue *queue, Job *job)
{
	Job		  **place = &queue->first;

	if (queue->last != NULL && queue->last->turn <= job->turn)
		place = &queue->last->next;
	while (*place != NULL && (*place)->turn <= job->turn)
		place = &(*place)->next;
	job->next = *place;
	*place = job;
	if (job->next == NULL)
		queue->last = job;
	queue->length++;
}

/* Takes one out: what "place" points to, which comes after "before". */
static Job *
cut(Queue *queue, Job **place, Job *before)
{
	Job		   *job = *place;

	*place = job->next;
	if (queue->last == job)
		queue->last = before;
	queue->length--;
	return job;
}

static Job *
cut_last(Queue *queue)
{
	Job		  **place = &queue->first;
	Job		   *before = NULL;

	while ((*place)->next != NULL)
	{
		before = *place;
		place = &before->next;
	}
	return cut(queue, place, before);
}

Job *
queue_put(Queue *queue, Job *job)
{
	job->turn = queue->limit == 0 ? 0 : turn_of(queue, job);
	insert(queue, job);
	return queue->limit > 0 && queue->length > queue->limit ?
		cut_last(queue) : NULL;
}

Job *
queue_take(Queue *queue)
{
	if (queue->first == NULL)
		return NULL;
	queue->turn = queue->first->turn;
	return cut(queue, &queue->first, NULL);
}

bool
queue_has_lost(const Job *job)
{
	struct pollfd fd = {job->client, POLLRDHUP, 0};

	return clock_milliseconds() - job->queued >= PATIENCE_MILLISECONDS &&
		poll(&fd, 1, 0) > 0 &&
		(fd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

Job *
queue_sweep(Queue *queue, long now)
{
	Job		  **place = &queue->first;
	Job		   *before = NULL;
	Job		   *swept = NULL;
	Job		   *job;

	while ((job = *place) != NULL)
	{
		job->abandoned = queue_has_lost(job);
		if (!job->abandoned && now < job->deadline)
		{
			before = job;
			place = &job->next;
			continue;
		}
		cut(queue, place, before);
		job->next = swept;
		swept = job;
	}
	return swept;
}
