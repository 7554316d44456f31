/*
 * delay.h
 *		Jobs whose answer is held back.
 *
 * Who is locked out costs the database next to nothing, and could ask
 * thousands of times a second for that reason.  Waiting costs nobody anything.
 */
#ifndef GATEWAY_DELAY_H
#define GATEWAY_DELAY_H

#include "pool.h"

/* A thread that calls "release" with each job after so many milliseconds. */
extern void delay_start(int milliseconds, void (*release) (Job *job));

extern void delay_add(Job *job);

/* Releases what is left at once, and ends the thread. */
extern void delay_stop(void);

#endif							/* GATEWAY_DELAY_H */
