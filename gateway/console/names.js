// names.js
//	What customers are called: in pieces, of which none changes how another reads.

import { clean, foreign } from './dom.js';

export function piecesOf({ firstName, lastName, email, customerReference }) {
	const pieces = [firstName, lastName].filter(Boolean);
	return (pieces.length > 0 ? pieces : [email || customerReference || '']).map(clean);
}

// For attributes, which are read aloud, but not shown.
export const nameOf = (customer) => piecesOf(customer).join(' ');

// "made" makes an element of a piece and its place in the name.
export function apart(pieces, made = foreign) {
	let at = 0;
	return pieces.flatMap((piece, index) => {
		const one = made(piece, at);
		at += piece.length + 1;
		return index === 0 ? [one] : [' ', one];
	});
}

export const nameIn = (customer) => apart(piecesOf(customer));
