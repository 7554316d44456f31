// time.js
//	Moments and how long until them.

import { element } from './dom.js';

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

// 7:59:58, or 4:05
export function duration(seconds) {
	const whole = Math.max(0, Math.ceil(seconds));
	const hours = Math.floor(whole / 3600);
	const minutes = Math.floor(whole / 60) % 60;
	const two = (number) => String(number).padStart(2, '0');
	return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// Of the day, by this computer's clock; a day from now is not told from today.
export const clockTime = (milliseconds) => new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(milliseconds);

export function moment(value) {
	const date = new Date(value);
	if (value === null || value === undefined || Number.isNaN(date.getTime()))
		return null;
	return element('time', { datetime: date.toISOString() }, format.format(date));
}

export function everySecond(work) {
	setInterval(work, 1000);
}
